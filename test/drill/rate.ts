/**
 * The fleet under a server that enforces its rate: the rate is used and never met; then a storm of 429, an overload and a spend
 * cap. The server's own journal is the witness of what arrived when.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type BreakerView, breakerView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { api } from "../bench/submit.ts";
import { arrivals, countIn, fault, firstFrom, stubTotals } from "./arrivals.ts";
import { onStage, type Stage } from "./drill.ts";
import { pause } from "./load.ts";

export type RateOptions = {
  readonly runs: number;
  readonly rpm: number;
  /** How long the steady rate is measured. */
  readonly seconds: number;
  readonly rampMs: number;
  readonly stormMs: number;
  readonly overloadMs: number;
  /** The spend cap parks runs for a minute: a short drill leaves it out. */
  readonly spendCap: boolean;
};

const CLASS = "claude-haiku-5-5";
const HEARTBEAT_MS = limits.heartbeatMs;
const SETTLE_MS = 5_000;
const QUIET_MS = 15_000;
const RESUME_MS = 15_000;
const LEAST_USED = 0.98;
/** Calls that the edges of a window may cut off: no matter in five minutes, two of a hundred in ten seconds. */
const EDGE = 2;
/** Demand above the rate, so that the rate is what calls wait for. */
const DEMAND = 1.15;
const WORKERS = 2;
const POLL_MS = 200;

const breaker = async ({ twin }: Stage): Promise<BreakerView> =>
  breakerView.parse(await api(twin, `/v1/breakers/${CLASS}`));

async function until<T>(what: string, boundMs: number, look: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + boundMs;
  while (performance.now() < endMs) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(POLL_MS);
  }
  throw new Error(`${what} did not happen within ${boundMs} ms`);
}

const refusedOf = async (stage: Stage, status: string) => (await stubTotals(stage.twin)).refusedByStatus[status] ?? 0;

/** The steady rate: what the server's own limit lets in, and nothing that it has to refuse. */
async function steady(stage: Stage, { rpm, seconds, rampMs }: RateOptions) {
  await until("the first call", 30_000, async () => ((await stubTotals(stage.twin)).started > 0 ? true : undefined));
  await pause(rampMs + SETTLE_MS);
  const fromMs = Date.now();
  const active: number[] = [];
  for (let second = 0; second < seconds; second++) {
    active.push(stage.load.open.filter(({ state }) => state === "RUNNING").length);
    await pause(fromMs + (second + 1) * 1_000 - Date.now());
    if (second % 60 === 59) stage.progress(`${second + 1} s of the steady rate`);
  }
  const toMs = Date.now();
  const calls = countIn(await arrivals(stage.twin), fromMs, toMs);
  const used = calls / ((rpm / 60_000) * (toMs - fromMs));
  const limited = (await stubTotals(stage.twin)).limited;
  const broken = [
    ...(limited === 0 ? [] : [`4: the server refused ${limited} calls by its rate limit`]),
    ...(used + EDGE / seconds / (rpm / 60) >= LEAST_USED
      ? []
      : [`4: ${Math.round(used * 1_000) / 10} % of the rate were used`]),
  ];
  const mean = active.reduce((sum, count) => sum + count, 0) / active.length;
  return {
    figures: { seconds, calls, used, limited, activeMean: Math.round(mean), activePeak: Math.max(...active) },
    broken,
  };
}

/** Calls that were started after the stop was due, and how long after its cause the last one before it came. */
function stopOf(times: readonly number[], causeMs: number, quietToMs: number) {
  const last = times.filter((time) => time >= causeMs && time < causeMs + HEARTBEAT_MS).at(-1) ?? causeMs;
  return { stoppedAfterMs: last - causeMs, late: countIn(times, causeMs + HEARTBEAT_MS, quietToMs) };
}

const lateCalls = (what: string, late: number, allowed: number): string[] =>
  late <= allowed ? [] : [`4: ${late} calls later than ${HEARTBEAT_MS} ms after ${what}; ${allowed} may be`];

/** The first call from a moment on; a broken promise when none came in time. */
async function resumed(stage: Stage, what: string, fromMs: number, boundMs: number) {
  const found = await until(what, boundMs + 5_000, async () => firstFrom(await arrivals(stage.twin), fromMs));
  const afterMs = found - fromMs;
  return { afterMs, broken: afterMs <= boundMs ? [] : [`${what} took ${afterMs} ms; the bound is ${boundMs}`] };
}

/** Every call is refused with 429 for a while: all stop for as long as the server says, then go on by themselves. */
async function storm(stage: Stage, { stormMs }: RateOptions) {
  const retryAfterMs = 2 * HEARTBEAT_MS;
  const before = await refusedOf(stage, "429");
  const fromMs = Date.now();
  await fault(stage.twin, { fault: { kind: "429", retryAfterS: retryAfterMs / 1_000 }, forMs: stormMs });
  await until("the first 429", 10_000, async () => ((await refusedOf(stage, "429")) > before ? true : undefined));
  const causeMs = firstFrom(await arrivals(stage.twin), fromMs) ?? fromMs;
  await pause(causeMs + retryAfterMs - Date.now());
  const stop = stopOf(await arrivals(stage.twin), causeMs, causeMs + retryAfterMs);
  const again = await resumed(stage, "going on after a storm of 429", causeMs + retryAfterMs, RESUME_MS);
  const refused = (await refusedOf(stage, "429")) - before;
  return {
    figures: { refused, retryAfterMs, ...stop, resumedAfterMs: again.afterMs },
    broken: [...lateCalls("a 429", stop.late, 0), ...again.broken],
  };
}

const opened = (stage: Stage, boundMs: number) =>
  until("the breaker's opening", boundMs, async () => {
    const view = await breaker(stage);
    return view.state === "open" ? view : undefined;
  });

/** Every call is refused with 529 for a while: the breaker opens, sends probes, and closes by itself. */
async function overload(stage: Stage, { overloadMs }: RateOptions) {
  const before = await refusedOf(stage, "529");
  const fromMs = Date.now();
  await fault(stage.twin, { fault: { kind: "529" }, forMs: overloadMs });
  const { since = "" } = await opened(stage, 90_000);
  const openedMs = Date.parse(since);
  const overMs = fromMs + overloadMs;
  await until("the breaker's closing", 180_000, async () =>
    Date.now() > overMs && (await breaker(stage)).state === "closed" ? true : undefined,
  );
  const closedMs = Date.now();
  const times = await arrivals(stage.twin);
  const stop = stopOf(times, openedMs, Math.min(overMs, closedMs));
  const probes = Math.floor((Math.min(overMs, closedMs) - openedMs) / limits.breakerProbeMs);
  const again = await resumed(stage, "going on after an overload", closedMs, RESUME_MS);
  const refused = (await refusedOf(stage, "529")) - before;
  const figures = { refused, openedAfterMs: openedMs - fromMs, ...stop, closedAfterMs: closedMs - overMs };
  return {
    figures: { ...figures, resumedAfterMs: again.afterMs },
    broken: [...lateCalls("the breaker opened", stop.late, probes), ...again.broken],
  };
}

/** The account's spend cap: nothing goes until a person closes the breaker, here with the command line. */
async function spendCap(stage: Stage) {
  const fromMs = Date.now();
  await fault(stage.twin, {
    fault: { kind: "429", errorCode: "enforced_spend_limit_reached" },
    forMs: QUIET_MS + HEARTBEAT_MS,
  });
  const { since = "", probeAt, cause } = await opened(stage, 20_000);
  const openedMs = Date.parse(since);
  await pause(QUIET_MS + HEARTBEAT_MS);
  const stop = stopOf(await arrivals(stage.twin), openedMs, Date.now());
  const still = (await breaker(stage)).state;
  const env = { ...process.env, MUSTER_URL: stage.twin.url, MUSTER_API_KEY: stage.twin.apiKey };
  const closedMs = Date.now();
  await promisify(execFile)(process.execPath, ["bin/muster.mjs", "breaker", "close", CLASS, "--json"], { env });
  // Runs that were parked meanwhile come back within their wait and a quarter of it.
  const again = await resumed(
    stage,
    "going on after a person closed the breaker",
    closedMs,
    limits.breakerParkMs * 1.5,
  );
  return {
    figures: { openedAfterMs: openedMs - fromMs, cause, ...stop, resumedAfterMs: again.afterMs },
    broken: [
      ...lateCalls("a spend cap", stop.late, 0),
      ...(still === "open" && probeAt === undefined
        ? []
        : ["a spend cap did not stay closed to calls until a person acted"]),
      ...again.broken,
    ],
  };
}

/** The drill; figures of each part in `parts`. */
export async function rate(options: RateOptions) {
  const { runs, rpm, rampMs } = options;
  const turnMs = Math.round((runs / (rpm / 60_000) / DEMAND) * 1);
  const input = (n: number) => ({
    turns: 2,
    turnMs: Math.round(turnMs * (0.8 + (0.4 * ((n * 7) % 11)) / 10)),
    chunks: Math.max(4, Math.ceil(turnMs / 2_000)),
    outputTokens: 60,
  });
  const flags = ["--workers", String(WORKERS), "--slots", String(runs), "--rpm", String(rpm), "--burst-seconds", "10"];
  const env = { MUSTER_RATE_RAMP_MS: String(rampMs) };
  return onStage({ name: "rate", flags, openRuns: runs, input, env }, async (stage) => {
    const parts: Record<string, { readonly figures: object; readonly broken: readonly string[] }> = {};
    const act = async (name: string, part: () => Promise<{ figures: object; broken: string[] }>) => {
      parts[name] = await part();
      stage.progress(`${name}: ${JSON.stringify(parts[name].figures)}`);
    };
    await act("steady", () => steady(stage, options));
    await act("storm", () => storm(stage, options));
    await act("overload", () => overload(stage, options));
    if (options.spendCap) await act("spendCap", () => spendCap(stage));
    return {
      settings: {
        ...options,
        workers: WORKERS,
        turnMs,
        heartbeatMs: HEARTBEAT_MS,
        modelRateLimit: `${rpm} requests/min`,
      },
      kills: 0,
      notices: 0,
      parts: Object.fromEntries(Object.entries(parts).map(([name, { figures }]) => [name, figures])),
      promisesBroken: Object.values(parts).flatMap(({ broken }) => broken),
    };
  });
}

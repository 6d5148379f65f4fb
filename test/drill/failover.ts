/**
 * Two platforms, each a server of its own: the first one is overloaded, then stopped by a spend cap. Its breaker opens, calls go to the
 * second one, and come back when it closes, by itself or by a person. Nothing is lost, and nothing billed twice, by both servers' counts.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { breakerView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { startStub } from "../../services/local/claude-stub/server.ts";
import { makeState } from "../../services/local/claude-stub/state.ts";
import { api } from "../bench/submit.ts";
import { arrivals, completedBy, countIn, fault } from "./arrivals.ts";
import { onStage, type Stage } from "./drill.ts";
import { pause } from "./load.ts";

const CLASS = "claude-haiku-5-5";
const OVERLOAD_MS = 25_000;
/** Answers of the second platform that show that it carries the load. */
const CARRIED = 40;
const POLL_MS = 100;
/** From the opening to the first answers elsewhere, and from the closing to those at home. Views are a second old, runs park for seconds. */
const CHANGE_MS = 20_000;
/** A second one as if it were another platform: its ids differ. */
const SECOND_SEED = 2;

type Two = { readonly stage: Stage; readonly secondUrl: string };

const breakerOf = async ({ twin }: Stage) => breakerView.parse(await api(twin, `/v1/breakers/${CLASS}`));

/** When something came true, on the machine's clock. */
async function when(what: string, boundMs: number, look: () => Promise<boolean>): Promise<number> {
  const endMs = Date.now() + boundMs;
  while (Date.now() < endMs) {
    if (await look()) return Date.now();
    await pause(POLL_MS);
  }
  throw new Error(`${what} did not happen within ${boundMs} ms`);
}

/** `end` ends it, or waits for its end; gives until when only probes may have gone to the first platform. */
type Trouble = { readonly rule: object; end(fromMs: number): Promise<number> };

/** From trouble to trouble's end: when the calls went over, what the first one saw meanwhile, when they came back. */
async function change({ stage, secondUrl }: Two, trouble: Trouble) {
  const fromMs = Date.now();
  const before = await completedBy(secondUrl);
  await fault(stage.twin, trouble.rule);
  await when("the breaker's opening", 60_000, async () => (await breakerOf(stage)).state === "open");
  const { since = "" } = await breakerOf(stage);
  const openedMs = Date.parse(since);
  const isCarriedBy = (answers: number) => async () => (await completedBy(secondUrl)) >= before + answers;
  const overMs = await when("the change to the second platform", 60_000, isCarriedBy(1));
  await when("the load on the second platform", 60_000, isCarriedBy(CARRIED));
  const untilMs = await trouble.end(fromMs);
  const isClosed = async () => (await breakerOf(stage)).state === "closed";
  const closedMs = await when("the breaker's closing", 150_000, isClosed);
  const home = await completedBy(stage.twin.stubUrl);
  const backMs = await when("the way back", 60_000, async () => {
    return (await completedBy(stage.twin.stubUrl)) >= home + CARRIED;
  });
  const atHome = countIn(await arrivals(stage.twin), openedMs + limits.heartbeatMs, untilMs);
  const probes = 1 + Math.ceil(Math.max(0, untilMs - openedMs) / limits.breakerProbeMs);
  const [over, back] = [overMs - openedMs, backMs - closedMs];
  return {
    figures: {
      openedAfterMs: openedMs - fromMs,
      overAfterMs: over,
      openMs: closedMs - openedMs,
      atHome,
      backAfterMs: back,
    },
    broken: [
      ...(over <= CHANGE_MS ? [] : [`calls went to the second platform only ${over} ms after the breaker opened`]),
      ...(back <= CHANGE_MS ? [] : [`calls came back only ${back} ms after the breaker closed`]),
      ...(atHome <= probes ? [] : [`4: ${atHome} calls to the first platform while its breaker was open`]),
    ],
  };
}

/** A person pays the bill and closes the breaker, with the command line; gives when. */
async function closeByHand({ twin }: Stage): Promise<number> {
  const atMs = Date.now();
  await fetch(`${twin.stubUrl}/_stub/faults`, { method: "DELETE" });
  const env = { ...process.env, MUSTER_URL: twin.url, MUSTER_API_KEY: twin.apiKey };
  await promisify(execFile)(process.execPath, ["bin/muster.mjs", "breaker", "close", CLASS, "--json"], { env });
  return atMs;
}

/** The drill; figures of each part in `parts`. */
export async function failover({ runs }: { readonly runs: number }) {
  const second = await startStub({ state: makeState({ seed: SECOND_SEED }), port: 0 });
  const env = {
    MUSTER_FAILOVER_PLATFORM: "claude-aws",
    ANTHROPIC_AWS_WORKSPACE_ID: "drill",
    ANTHROPIC_AWS_API_KEY: "stub",
    ANTHROPIC_AWS_BASE_URL: second.url,
    MUSTER_RATE_LIMITS: JSON.stringify({ "*": generousRateLimit, "claude-aws/*": generousRateLimit }),
    MUSTER_RATE_RAMP_MS: "0",
  };
  const input = (n: number) => ({ turns: 6, turnMs: 800 + (n % 5) * 100, chunks: 4, outputTokens: 40 });
  const flags = ["--workers", "2", "--slots", String(runs)];
  const setting = { name: "failover", flags, openRuns: runs, input, env, otherStubs: [second.url] };
  try {
    return await onStage(setting, async (stage) => {
      const two = { stage, secondUrl: second.url };
      await when("the first calls", 30_000, async () => (await completedBy(stage.twin.stubUrl)) >= CARRIED);
      const overload = await change(two, {
        rule: { fault: { kind: "529" }, forMs: OVERLOAD_MS },
        end: async (fromMs) => fromMs + OVERLOAD_MS,
      });
      stage.progress(`overload: ${JSON.stringify(overload.figures)}`);
      const spendCap = await change(two, {
        rule: { fault: { kind: "429", errorCode: "enforced_spend_limit_reached" } },
        end: () => closeByHand(stage),
      });
      stage.progress(`spend cap: ${JSON.stringify(spendCap.figures)}`);
      return {
        settings: { overloadMs: OVERLOAD_MS, failover: "claude-aws" },
        kills: 0,
        notices: 0,
        parts: { overload: overload.figures, spendCap: spendCap.figures },
        promisesBroken: [...overload.broken, ...spendCap.broken],
      };
    });
  } finally {
    await second.close();
  }
}

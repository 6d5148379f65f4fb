/**
 * kill -9 of workers under load, two ways: a supervisor sees the death and reports it, or nobody does and the controller has to
 * notice the silence.
 */
import { workerId } from "../../services/contract/ids.ts";
import type { TwinEvent } from "../bench/twin.ts";
import { type DrillOptions, onStage, rehearsal, type Stage, uneven, within } from "./drill.ts";
import { pause } from "./load.ts";
import { type OwnWorker, startWorker } from "./own-worker.ts";
import { spread } from "./reclaims.ts";

const WORKERS = 5;
/** A start of a worker costs about a second of a core: more kills a second would measure the machine, not the recovery. */
const EVERY_MS = 2_000;
/**
 * Five workers of which the oldest dies every two seconds live ten: a longer turn never ends on any of them, and its run is rightly
 * given up. The longest turn outlives a kill or two, and ends on a worker that is young.
 */
const TURN_MAX_MS = 2 * EVERY_MS;
const SAY_EVERY = 20;
const SETTLE_MS = 120_000;
/** Promised where nobody sees a death: silence, a look, and a claim. */
const SILENT = { p95Ms: 25_000, maxMs: 35_000 };
/**
 * Promised where it is seen. Who dies between receiving a message and claiming its run costs that run `limits.unclaimedMs` more, and kills every two
 * seconds may do that to one run again and again: the longest wait has the bound that it has where nobody sees a death.
 */
const SEEN = { p95Ms: 3_000, maxMs: SILENT.maxMs };

type Victim = { readonly id: ReturnType<typeof workerId.parse>; readonly pid: number };

/** The twin's own workers that are ready and not known to have ended, oldest first. */
function living(events: readonly TwinEvent[]): Victim[] {
  const ended = new Set(events.flatMap((one) => (one.event === "worker.ended" ? [one.pid] : [])));
  return events.flatMap(({ event, pid, workerId: id }) =>
    event === "worker.spawned" && pid !== undefined && id !== undefined && !ended.has(pid)
      ? [{ id: workerId.parse(id), pid }]
      : [],
  );
}

/** Notes what the victim holds, kills it, and expects these runs elsewhere. False when it holds nothing: it lives on. */
async function kill({ stores, reclaims }: Stage, victim: Victim): Promise<boolean> {
  const held = await stores.heldBy(victim.id);
  if (held.length === 0) return false;
  const atMs = Date.now();
  process.kill(victim.pid, "SIGKILL");
  for (const { runId } of held) reclaims.expect(runId, atMs);
  return true;
}

/** Waits until the last victim's runs are claimed again. */
async function settled({ reclaims }: Stage): Promise<void> {
  const endMs = performance.now() + SETTLE_MS;
  while (reclaims.waiting > 0 && performance.now() < endMs) await pause(EVERY_MS);
}

async function supervised(stage: Stage, kills: number): Promise<number> {
  const killed = new Set<number>();
  while (killed.size < kills) {
    await pause(uneven(EVERY_MS));
    const victim = living(stage.twin.events).find(({ pid }) => !killed.has(pid));
    if (victim === undefined || !(await kill(stage, victim))) continue;
    killed.add(victim.pid);
    if (killed.size % SAY_EVERY === 0)
      stage.progress(`${killed.size} of ${kills} workers killed, seen by the supervisor`);
  }
  await settled(stage);
  return killed.size;
}

async function silent(stage: Stage, kills: number, slots: number): Promise<number> {
  const start = () => startWorker(stage.twin, slots);
  const workers: OwnWorker[] = [];
  for (let i = 0; i < WORKERS; i++) workers.push(await start());
  const starting = new Set<Promise<unknown>>();
  let killed = 0;
  while (killed < kills) {
    await pause(uneven(EVERY_MS));
    const [oldest] = workers;
    if (oldest === undefined) continue;
    workers.shift();
    if (!(await kill(stage, oldest))) {
      workers.push(oldest);
      continue;
    }
    killed++;
    const next: Promise<unknown> = start().then((worker) => workers.push(worker));
    starting.add(next);
    void next.finally(() => starting.delete(next));
    if (killed % SAY_EVERY === 0) stage.progress(`${killed} of ${kills} workers killed, seen by nobody`);
  }
  await Promise.all(starting);
  await settled(stage);
  // What is left finishes the load and leaves in order.
  for (const worker of workers) worker.signal("SIGTERM");
  await Promise.all(workers.map((worker) => worker.ended));
  return killed;
}

const input = (n: number) => {
  const usual = rehearsal(n);
  return { ...usual, turnMs: Math.min(usual.turnMs, TURN_MAX_MS) };
};

async function oneWay(options: DrillOptions, way: "supervised" | "silent") {
  const slots = options.runs;
  const flags = ["--workers", String(way === "supervised" ? WORKERS : 1), "--slots", String(slots)];
  const bound = way === "supervised" ? SEEN : SILENT;
  return onStage({ name: `kill ${way}`, flags, openRuns: options.runs, input }, async (stage) => {
    const kills = await (way === "supervised" ? supervised(stage, options.kills) : silent(stage, options.kills, slots));
    const { p95Ms, maxMs } = spread(stage.reclaims.samples);
    return {
      settings: { workers: WORKERS, slots, everyMs: EVERY_MS, turnMaxMs: TURN_MAX_MS, bound },
      kills,
      notices: 0,
      promisesBroken: [
        ...within(`${way}: re-claim p95 in ms`, p95Ms, bound.p95Ms),
        ...within(`${way}: longest re-claim in ms`, maxMs, bound.maxMs),
      ],
    };
  });
}

/** Both ways one after the other, each with `kills`; the figures of each, and their sums. */
export async function kill9(options: DrillOptions) {
  const ways = options.way === "both" ? (["supervised", "silent"] as const) : [options.way];
  const parts: Awaited<ReturnType<typeof oneWay>>[] = [];
  for (const way of ways) parts.push(await oneWay(options, way));
  const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + of(part), 0);
  const worst = (of: (part: (typeof parts)[number]) => number | null) => {
    const known = parts.flatMap((part) => of(part) ?? []);
    return known.length === 0 ? null : Math.max(...known);
  };
  return {
    drill: "kill",
    runs: sum(({ runs }) => runs),
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    billed: sum(({ billed }) => billed),
    committed: sum(({ committed }) => committed),
    kills: sum(({ kills }) => kills),
    notices: 0,
    inDoubt: sum(({ inDoubt }) => inDoubt),
    // The worst way; each way's own figures are in its part.
    reclaimP50Ms: worst(({ reclaimP50Ms }) => reclaimP50Ms),
    reclaimP95Ms: worst(({ reclaimP95Ms }) => reclaimP95Ms),
    reclaimMaxMs: worst(({ reclaimMaxMs }) => reclaimMaxMs),
    parts,
    promisesBroken: parts.flatMap(({ promisesBroken }) => promisesBroken),
  };
}

/** Workers stopped for a minute (SIGSTOP, as a long pause of a machine) and continued: fenced, and their runs done elsewhere. */
import type { RunHead } from "../../services/contract/run.ts";
import { type DrillOptions, onStage, type Stage, within } from "./drill.ts";
import { pause as wait } from "./load.ts";
import { type OwnWorker, startWorker } from "./own-worker.ts";
import { spread } from "./reclaims.ts";

const PAUSE_MS = 60_000;
/** Calls that were on their way when it was stopped have arrived; a load of this size is spread over all workers. */
const QUIET_MS = 1_000;
const SPREAD_MS = 15_000;
const BOUND = { p95Ms: 25_000, maxMs: 35_000 };
/** A continued worker hears of its death with its first heartbeat. */
const LEAVE_MS = 15_000;

type Paused = { readonly worker: OwnWorker; readonly held: readonly RunHead[] };

async function stop({ stores, reclaims }: Stage, worker: OwnWorker): Promise<Paused> {
  const atMs = Date.now();
  worker.signal("SIGSTOP");
  await wait(QUIET_MS);
  const held = await stores.heldBy(worker.id);
  for (const { runId } of held) reclaims.expect(runId, atMs);
  return { worker, held };
}

/** Turns that the worker committed although it had been stopped: they carry the epoch of its lease. */
async function lateCommits({ stores }: Stage, { held }: Paused): Promise<string[]> {
  const heads = new Map((await stores.heads(held.map(({ runId }) => runId))).map((head) => [head.runId, head]));
  const late: string[] = [];
  for (const before of held) {
    const after = heads.get(before.runId);
    if (after === undefined) continue;
    const deltas = await stores.history.deltas(before.runId, before.turn, after.turn);
    for (const { turn, epoch } of deltas) if (epoch <= before.epoch) late.push(`${before.runId} turn ${turn}`);
  }
  return late;
}

async function goOn(stage: Stage, paused: Paused): Promise<string[]> {
  const { worker } = paused;
  const atMs = Date.now();
  worker.signal("SIGCONT");
  const force = setTimeout(() => worker.signal("SIGKILL"), LEAVE_MS);
  const ended = await worker.ended;
  clearTimeout(force);
  const still = await stage.stores.heldBy(worker.id);
  const late = await lateCommits(stage, paused);
  const took = ended.atMs - atMs;
  return [
    ...(ended.code === 0 ? [] : [`${worker.id} ended with ${ended.code ?? ended.signal} after ${took} ms`]),
    ...(still.length === 0 ? [] : [`${worker.id} is gone and holds ${still.length} runs`]),
    ...(late.length === 0 ? [] : [`2: ${worker.id} committed after its pause: ${late.join(", ")}`]),
  ];
}

/** `kills` workers are paused at once. */
export async function pause(options: DrillOptions) {
  const slots = options.runs;
  const flags = ["--workers", "1", "--slots", String(slots)];
  return onStage({ name: "pause", flags, openRuns: options.runs }, async (stage) => {
    const workers: OwnWorker[] = [];
    for (let i = 0; i < options.kills; i++) workers.push(await startWorker(stage.twin, slots));
    await wait(SPREAD_MS);
    const paused = await Promise.all(workers.map((worker) => stop(stage, worker)));
    const heldRuns = paused.reduce((sum, { held }) => sum + held.length, 0);
    stage.progress(`${paused.length} workers with ${heldRuns} runs are stopped for ${PAUSE_MS / 1_000} s`);
    await wait(PAUSE_MS);
    const waiting = stage.reclaims.waiting;
    stage.progress("they go on");
    const wrong = (await Promise.all(paused.map((one) => goOn(stage, one)))).flat();
    const { p95Ms, maxMs } = spread(stage.reclaims.samples);
    return {
      settings: { workers: options.kills, slots, pauseMs: PAUSE_MS, bound: BOUND },
      kills: 0,
      notices: 0,
      pauses: paused.length,
      pausedRuns: heldRuns,
      promisesBroken: [
        ...wrong,
        ...(waiting === 0 ? [] : [`${waiting} runs of paused workers were not claimed within ${PAUSE_MS} ms`]),
        ...within("re-claim p95 in ms", p95Ms, BOUND.p95Ms),
        ...within("longest re-claim in ms", maxMs, BOUND.maxMs),
      ],
    };
  });
}

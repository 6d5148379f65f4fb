/** Graceful notices of every kind under load: nothing in doubt, everything released in time, resumed elsewhere at once. */
import { z } from "zod";
import { runId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { metadataServer } from "../support/metadata-server.ts";
import { type DrillOptions, onStage, type Stage, uneven, within } from "./drill.ts";
import { pause } from "./load.ts";
import { type OwnWorker, startWorker } from "./own-worker.ts";
import { spread } from "./reclaims.ts";
import { deadlineOf, STOP_TIMEOUT_MS, ways } from "./told.ts";

const WORKERS = 5;
const EVERY_MS = 1_500;
const SAY_EVERY = 10;
const RESUME_MS = 5_000;
/** No notice here allows more than two minutes. */
const END_MS = 130_000;
const SETTLE_MS = 30_000;

type Member = { readonly worker: OwnWorker; readonly metadata: Awaited<ReturnType<typeof metadataServer>> };
/** What one notice came to. */
type Outcome = {
  readonly way: string;
  readonly releaseMs: number;
  readonly marginMs: number;
  readonly wrong: string[];
};

async function member(stage: Stage, slots: number): Promise<Member> {
  const metadata = await metadataServer();
  const env = { ...metadata.env, MUSTER_STOP_TIMEOUT_MS: String(STOP_TIMEOUT_MS) };
  const worker = await startWorker(stage.twin, slots, env);
  // Every run that it gives back is to be claimed elsewhere.
  worker.onEvent(({ event, payload, atMs }) => {
    if (event === "run.requeued") stage.reclaims.expect(runId.parse(payload.runId), atMs);
  });
  void worker.ended.then(() => metadata.close());
  return { worker, metadata };
}

const left = z.object({ runId });

/** Tells the member to stop and follows it to its end. */
async function tell(stage: Stage, { worker, metadata }: Member, way: string): Promise<Outcome> {
  const held = await stage.stores.heldBy(worker.id);
  const toldAtMs = Date.now();
  const given = await ways[way]?.({ worker, metadata, stores: stage.stores });
  const force = setTimeout(() => worker.signal("SIGKILL"), END_MS);
  const ended = await worker.ended;
  clearTimeout(force);
  const gone = worker.events.filter(({ event }) => event === "run.requeued" || event === "run.ended");
  const goneIds = new Set(gone.map(({ payload }) => left.parse(payload).runId));
  const kept = held.filter((head) => !goneIds.has(head.runId)).map((head) => head.runId);
  const still = await stage.stores.heldBy(worker.id);
  const lastMs = Math.max(toldAtMs, ...gone.map(({ atMs }) => atMs));
  const deadlineAtMs = deadlineOf(worker, given);
  const marginMs = deadlineAtMs === undefined ? Number.NaN : deadlineAtMs - lastMs;
  const wrong = [
    ...(ended.code === 0 ? [] : [`${way}: ${worker.id} ended with ${ended.code ?? ended.signal}`]),
    ...(kept.length === 0 ? [] : [`${way}: ${worker.id} said nothing of ${kept.join(", ")}`]),
    ...(still.length === 0 ? [] : [`${way}: ${worker.id} is gone and holds ${still.length} runs`]),
    ...(marginMs >= limits.drainMarginMs ? [] : [`3: ${way}: the last run left ${marginMs} ms before the deadline`]),
  ];
  return { way, releaseMs: lastMs - toldAtMs, marginMs, wrong };
}

async function tellAll(stage: Stage, notices: number, slots: number): Promise<Outcome[]> {
  const kinds = Object.keys(ways);
  const members: Member[] = [];
  for (let i = 0; i < WORKERS; i++) members.push(await member(stage, slots));
  const starting = new Set<Promise<unknown>>();
  const outcomes: Promise<Outcome>[] = [];
  while (outcomes.length < notices) {
    await pause(uneven(EVERY_MS));
    const oldest = members.shift();
    if (oldest === undefined) continue;
    if ((await stage.stores.heldBy(oldest.worker.id)).length === 0) {
      members.push(oldest);
      continue;
    }
    outcomes.push(tell(stage, oldest, kinds[outcomes.length % kinds.length] ?? "sigterm"));
    const next: Promise<unknown> = member(stage, slots).then((one) => members.push(one));
    starting.add(next);
    void next.finally(() => starting.delete(next));
    if (outcomes.length % SAY_EVERY === 0) stage.progress(`${outcomes.length} of ${notices} notices given`);
  }
  await Promise.all(starting);
  const told = await Promise.all(outcomes);
  const endMs = performance.now() + SETTLE_MS;
  while (stage.reclaims.waiting > 0 && performance.now() < endMs) await pause(EVERY_MS);
  for (const { worker } of members) worker.signal("SIGTERM");
  await Promise.all(members.map(({ worker }) => worker.ended));
  return told;
}

/** `notices` notices, the kinds in turn. */
export async function notice(options: DrillOptions) {
  const slots = options.runs;
  const flags = ["--workers", "1", "--slots", String(slots)];
  const report = await onStage({ name: "notice", flags, openRuns: options.runs }, async (stage) => {
    const outcomes = await tellAll(stage, options.notices, slots);
    const byWay = Object.fromEntries(
      Object.keys(ways).map((way) => [
        way,
        spread(outcomes.filter((one) => one.way === way).map((one) => one.releaseMs)),
      ]),
    );
    return {
      settings: { workers: WORKERS, slots, everyMs: EVERY_MS, stopTimeoutMs: STOP_TIMEOUT_MS },
      kills: 0,
      notices: outcomes.length,
      /** From being told to the last run that left. */
      releaseMs: byWay,
      leastMarginMs: Math.min(...outcomes.map(({ marginMs }) => marginMs)),
      promisesBroken: [
        ...outcomes.flatMap(({ wrong }) => wrong),
        ...within(
          "3: longest time until a released run was resumed, in ms",
          spread(stage.reclaims.samples).maxMs,
          RESUME_MS,
        ),
      ],
    };
  });
  const { billed, committed, inDoubt, promisesBroken } = report;
  const exact = billed === committed && inDoubt === 0;
  const wrong = exact ? [] : [`3: billed ${billed}, committed ${committed}, in doubt ${inDoubt}`];
  return { ...report, promisesBroken: [...promisesBroken, ...wrong] };
}

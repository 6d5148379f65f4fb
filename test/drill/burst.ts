/** A burst on one worker process: the controller starts others, nothing is interrupted, and they leave when it is quiet again. */

import { z } from "zod";
import { limits } from "../../services/contract/limits.ts";
import { api } from "../bench/submit.ts";
import { onStage, type Stage } from "./drill.ts";
import { pause } from "./load.ts";

export type BurstOptions = { readonly runs: number; readonly workers: number };

const SLOTS = 40;
const LOOK_MS = 250;
const SUBMIT_MS = 60_000;
const GROW_MS = 30_000;
const END_MS = 240_000;
/** A quiet window, then a worker at a time at the slowest, each with its time to be seen idle and to leave. */
const SHRINK_MS = 6 * 60_000;

/** Runs of some seconds: long enough for workers that start to take a part of them. */
const input = (n: number) => ({ turns: 6, turnMs: 1_200 + (n % 7) * 100, chunks: 5, outputTokens: 60 });

const interrupted = z.object({ runs: z.array(z.looseObject({ id: z.string(), interruptions: z.int() })) });

/** Living workers, sampled; who was there, and when there were how many. */
class Headcount {
  readonly #stage: Stage;
  readonly #startMs = performance.now();
  readonly steps: { readonly ms: number; readonly workers: number }[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get peak(): number {
    return Math.max(0, ...this.steps.map(({ workers }) => workers));
  }

  /** Looks until `done` says so of the number of living workers, or the time is over; gives how long it took. */
  async until(done: (workers: number) => boolean, boundMs: number): Promise<number | null> {
    const fromMs = performance.now();
    while (performance.now() - fromMs < boundMs) {
      const workers = await this.#count();
      const ms = Math.round(performance.now() - this.#startMs);
      if (this.steps.at(-1)?.workers !== workers) this.steps.push({ ms, workers });
      if (done(workers)) return Math.round(performance.now() - fromMs);
      await pause(LOOK_MS);
    }
    return null;
  }

  async #count(): Promise<number> {
    const { fleet } = this.#stage.stores;
    const shards = Array.from({ length: limits.fleetShards }, (_, shard) => fleet.workers(shard));
    return (await Promise.all(shards)).flat().filter(({ buriedAtMs }) => buriedAtMs === undefined).length;
  }
}

/** Runs that anything took from their worker. */
async function interruptions({ twin, load }: Stage): Promise<number> {
  let sum = 0;
  for (let i = 0; i < load.accepted.length; i += limits.pageMax) {
    const ids = load.accepted.slice(i, i + limits.pageMax).join(",");
    const { runs } = interrupted.parse(await api(twin, `/v1/runs?ids=${ids}`));
    sum += runs.reduce((all, run) => all + run.interruptions, 0);
  }
  return sum;
}

const did = (ms: number | null, what: string): string[] => (ms === null ? [what] : []);

/** The drill. */
export async function burst({ runs, workers }: BurstOptions) {
  const flags = ["--workers", `1..${workers}`, "--slots", String(SLOTS)];
  return onStage({ name: "burst", flags, openRuns: runs, input }, async (stage) => {
    const { load, stores, progress } = stage;
    const count = new Headcount(stage);
    const taken = await count.until(() => load.accepted.length >= runs, SUBMIT_MS);
    const ended = load.finish(END_MS);
    const grown = await count.until((now) => now >= workers, GROW_MS);
    progress(`${count.peak} workers`);
    const left = await ended;
    const calm = await count.until(() => true, 1);
    progress(`all runs have ended; ${count.steps.at(-1)?.workers} workers`);
    const shrunk = await count.until((now) => now === 1, SHRINK_MS);
    const events = await stores.scalingStores.log.list(limits.scalingEventsMax);
    const taken9 = await interruptions(stage);
    return {
      settings: { runs, workers, slots: SLOTS },
      kills: 0,
      notices: 0,
      submitMs: taken,
      grownMs: grown,
      shrunkMs: shrunk,
      peakWorkers: count.peak,
      interruptions: taken9,
      steps: count.steps,
      scalingEvents: events.flatMap((event) => {
        if (event.kind !== "target") return [];
        const { atMs, from, to, cordoned, drained, ended } = event;
        return [{ atMs, from, to, cordoned, drained, ended }];
      }),
      promisesBroken: [
        ...did(taken, `${runs} runs were not accepted within ${SUBMIT_MS} ms`),
        ...did(grown, `it did not grow to ${workers} workers within ${GROW_MS} ms`),
        ...(left.length === 0 ? [] : [`1: ${left.length} runs have not ended within ${END_MS} ms`]),
        ...did(calm, "the fleet could not be counted"),
        ...did(shrunk, `it was not back at one worker within ${SHRINK_MS} ms`),
        ...(taken9 === 0 ? [] : [`9: ${taken9} times a run was interrupted`]),
      ],
    };
  });
}

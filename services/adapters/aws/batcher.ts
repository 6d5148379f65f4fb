/**
 * Micro-batches: jobs of many callers in one call, without a timer. A job goes at once when a call is free (with what
 * the same turn of the event loop added); while `inFlight` calls are on their way, jobs collect.
 */
import { limits } from "../../contract/limits.ts";
import { StoreOutage } from "../../core/store-outage.ts";

/** What became of one job of a call. `again`: the service did not take it this time. */
export type Outcome<R> =
  | { readonly kind: "done"; readonly value: R }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "again" };

export type BatcherOptions<J, R> = {
  /** Shown in errors. */
  readonly name: string;
  /** Most jobs of one call. */
  readonly max: number;
  /** Most calls at once, `limits.batchesInFlight` when absent. One makes the largest batches, and one slow call stops all. */
  readonly inFlight?: number;
  /** Jobs of one key are never in two calls at once, nor twice in one, and go in the order they came. */
  readonly keyOf?: (job: J) => string;
  /** Whether a job shares the result of one with its key that still waits (reads, identical writes). */
  readonly join?: boolean;
  /** Makes the call; outcomes in the order of the jobs. What it throws rejects every job of the call. */
  send(jobs: readonly J[]): Promise<readonly Outcome<R>[]>;
  /**
   * Waits before the jobs that are to go again go; without it they fail. `attempt` counts from 0 the calls since one
   * took a job: a call that does part of its work (answers have a largest size) is progress.
   */
  readonly pause?: (attempt: number) => Promise<void>;
};

type Entry<J, R> = PromiseWithResolvers<R> & { readonly job: J; readonly key: string | undefined };

/**
 * Gives the function that adds one job; it resolves with the job's value or rejects, exactly once: with a `StoreOutage` where too
 * many jobs wait, or the service did not take it within `limits.batchAttempts`.
 */
export function batcher<J, R>(options: BatcherOptions<J, R>): (job: J) => Promise<R> {
  const waiting: Entry<J, R>[] = [];
  const joinable = new Map<string, Entry<J, R>>();
  const busy = new Set<string>();
  let running = 0;
  let scheduled = false;

  function add(job: J): Promise<R> {
    const key = options.keyOf?.(job);
    const twin = options.join && key !== undefined ? joinable.get(key) : undefined;
    if (twin) return twin.promise;
    if (waiting.length >= limits.batchQueueMax)
      return Promise.reject(new StoreOutage(`${options.name}: too many jobs wait`));
    const entry = { ...Promise.withResolvers<R>(), job, key };
    waiting.push(entry);
    if (key !== undefined) joinable.set(key, entry);
    if (!scheduled) {
      scheduled = true;
      setImmediate(pump);
    }
    return entry.promise;
  }

  function pump(): void {
    scheduled = false;
    while (running < (options.inFlight ?? limits.batchesInFlight)) {
      const batch = take();
      if (batch.length === 0) return;
      running += 1;
      void deliver(batch, options).then(() => {
        running -= 1;
        for (const { key } of batch) if (key !== undefined) busy.delete(key);
        pump();
      });
    }
  }

  /** Takes the first jobs whose key is free; the others keep their place. */
  function take(): Entry<J, R>[] {
    const batch: Entry<J, R>[] = [];
    const kept: Entry<J, R>[] = [];
    let seen = 0;
    while (seen < waiting.length && batch.length < options.max) {
      const entry = waiting[seen++];
      if (entry === undefined) break;
      if (entry.key !== undefined && busy.has(entry.key)) {
        kept.push(entry);
        continue;
      }
      batch.push(entry);
      if (entry.key === undefined) continue;
      busy.add(entry.key);
      if (joinable.get(entry.key) === entry) joinable.delete(entry.key);
    }
    waiting.splice(0, seen, ...kept);
    return batch;
  }

  return add;
}

/** Sends a batch until each of its jobs is settled; never rejects. */
async function deliver<J, R>(batch: readonly Entry<J, R>[], options: BatcherOptions<J, R>): Promise<void> {
  let open = batch;
  try {
    for (let attempt = 0; ; attempt++) {
      const outcomes = await options.send(open.map((entry) => entry.job));
      const left = open.filter((entry, index) => !settle(entry, outcomes[index], options.name));
      if (left.length === 0) return;
      if (left.length < open.length) attempt = 0;
      open = left;
      if (options.pause === undefined || attempt + 1 >= limits.batchAttempts)
        throw new StoreOutage(`${options.name}: left unprocessed after ${attempt + 1} tries`);
      await options.pause(attempt);
    }
  } catch (error) {
    for (const entry of open) entry.reject(error);
  }
}

/** Settles a job; false when it is to go again. */
function settle<J, R>(entry: Entry<J, R>, outcome: Outcome<R> | undefined, name: string): boolean {
  if (outcome?.kind === "again") return false;
  if (outcome?.kind === "done") entry.resolve(outcome.value);
  else entry.reject(outcome ? outcome.error : new Error(`${name}: the call answered for fewer jobs than it was given`));
  return true;
}

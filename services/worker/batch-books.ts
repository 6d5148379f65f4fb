/** What this worker has read of batches: how they stand, and the results of those that have ended. Bounded; one read for all. */
import type { Lane } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { Batched, BatchItem, BatchStatus, BatchWindow } from "../ports/batch-model.ts";
import type { Clock } from "../ports/clock.ts";
import type { BatchDesk, Unasked } from "./batch-desk.ts";

type Answer<T> = Batched<T> | Unasked;
type Items = ReadonlyMap<string, BatchItem>;
type Asker = { readonly lane: Lane; readonly signal: AbortSignal };

/** Answers by batch, for a while; the oldest go first. A call that failed is not remembered. */
class Remembered<T> {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #forMs: number;
  readonly #answers = new Map<string, { readonly atMs: number; readonly answer: Promise<Answer<T>> }>();

  constructor(clock: Clock, max: number, forMs: number) {
    this.#clock = clock;
    this.#max = max;
    this.#forMs = forMs;
  }

  of(id: string, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const atMs = this.#clock.monotonicMs();
    const known = this.#answers.get(id);
    if (known !== undefined && atMs - known.atMs < this.#forMs) return known.answer;
    const answer = ask();
    const entry = { atMs, answer };
    this.#answers.delete(id);
    this.#answers.set(id, entry);
    for (const oldest of this.#answers.keys()) if (this.#answers.size > this.#max) this.#answers.delete(oldest);
    const forget = () => {
      if (this.#answers.get(id) === entry) this.#answers.delete(id);
    };
    answer.then(({ kind }) => kind === "done" || forget(), forget);
    return answer;
  }
}

export class BatchBooks {
  readonly #desk: BatchDesk;
  readonly #stop: AbortSignal;
  readonly #seen: Remembered<BatchStatus>;
  readonly #results: Remembered<Items>;

  constructor(desk: BatchDesk, clock: Clock, stop: AbortSignal) {
    this.#desk = desk;
    this.#stop = stop;
    this.#seen = new Remembered(clock, limits.batchSeenMax, limits.batchSeenMs);
    this.#results = new Remembered(clock, limits.batchResultsKept, Number.POSITIVE_INFINITY);
  }

  /** How a batch stands, as it was at most `limits.batchSeenMs` ago. */
  seen(id: string, lane: Lane): Promise<Answer<BatchStatus>> {
    return this.#seen.of(id, () => this.#desk.call(this.#by(lane), (model, options) => model.look(id, options)));
  }

  /** What became of each request of a batch that has ended. */
  results(id: string, lane: Lane): Promise<Answer<Items>> {
    return this.#results.of(id, async () => {
      const answer = await this.#desk.call(this.#by(lane), (model, options) => model.results(id, options));
      if (answer.kind !== "done") return answer;
      return { kind: "done", value: new Map(answer.value.map((item) => [item.customId, item])) };
    });
  }

  /** Batches made in that time, newest first. */
  madeIn(window: BatchWindow, lane: Lane): Promise<Answer<readonly BatchStatus[]>> {
    return this.#desk.call(this.#by(lane), (model, options) => model.madeIn(window, options));
  }

  /** Who asks for many is stopped by nobody but the worker's end. */
  #by = (lane: Lane): Asker => ({ lane, signal: this.#stop });
}

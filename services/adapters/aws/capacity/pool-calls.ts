/** Calls to one pool for one look or one decision: each ends in time, and acts happen only while their leader leads. */
import { limits } from "../../../contract/limits.ts";
import type { Acting } from "../../../ports/capacity.ts";
import { type Clock, OVER } from "../../../ports/clock.ts";

/** Sends one request; the signal ends it. */
export type Send<T> = (abortSignal: AbortSignal) => Promise<T>;

/** Whoever acts leads no more, or cannot tell: nothing was sent. */
export class NotLeading extends Error {}

/** One for a look or a decision. Errors are the service's, `no answer within N ms`, and `NotLeading`. */
export class PoolCalls {
  readonly #clock: Clock;
  readonly #untilMs: number;
  readonly #by: Acting | undefined;

  /** All calls together end within `allMs`. Without `by` nothing can be done, only asked. */
  constructor(clock: Clock, allMs: number, by?: Acting) {
    this.#clock = clock;
    this.#untilMs = clock.monotonicMs() + allMs;
    this.#by = by;
  }

  /** Ends within `ms`, all attempts included; then the request is aborted, and the error says so. */
  async ask<T>(send: Send<T>, ms: number = limits.capacityCallMs): Promise<T> {
    const forMs = Math.max(0, Math.min(ms, this.#untilMs - this.#clock.monotonicMs()));
    const late = new AbortController();
    const over = new AbortController();
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    void this.#clock.sleep(forMs, over.signal).then(() => {
      if (over.signal.aborted) return;
      const error = new Error(`no answer within ${forMs} ms`);
      reject(error);
      late.abort(error);
    });
    try {
      return await Promise.race([send(late.signal), tooLate]);
    } finally {
      over.abort(OVER);
    }
  }

  /** An act. Throws `NotLeading` when its leader does not lead any more. */
  async act<T>(send: Send<T>, ms: number = limits.capacityCallMs): Promise<T> {
    if (this.#by === undefined || !(await this.#by.isMine())) throw new NotLeading("another controller leads");
    return this.ask(send, ms);
  }
}

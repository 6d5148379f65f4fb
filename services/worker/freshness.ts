/** Whether this worker may start calls, claims and tool effects: only within `actWithinMs` of sending its last acknowledged beat. */
import { limits } from "../contract/limits.ts";
import type { Clock } from "../ports/clock.ts";

export class Freshness {
  readonly #clock: Clock;
  #sentMs = Number.NEGATIVE_INFINITY;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A beat sent at this monotonic time was acknowledged. */
  acknowledged(sentMs: number): void {
    this.#sentMs = sentMs;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  get silentMs(): number {
    return this.#clock.monotonicMs() - this.#sentMs;
  }

  get fresh(): boolean {
    return this.silentMs < limits.actWithinMs;
  }

  /** Resolves true once fresh; false when the signal aborts first. */
  async untilFresh(signal: AbortSignal): Promise<boolean> {
    while (!this.fresh) {
      if (signal.aborted) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      const abort = () => resolve();
      this.#waiting.push(resolve);
      signal.addEventListener("abort", abort, { once: true });
      await promise;
      signal.removeEventListener("abort", abort);
    }
    return true;
  }
}

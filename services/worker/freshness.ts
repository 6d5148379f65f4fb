/**
 * Whether this worker may start calls, claims and tool effects: only within `actWithinMs` of sending its last acknowledged beat, by
 * whichever of its clocks saw more time pass. Who wakes after a sleep of its machine, or whose wall clock is set forward, waits for the
 * next acknowledged beat.
 */
import { limits } from "../contract/limits.ts";
import { elapsedMs, type Moment, momentOf } from "../core/moment.ts";
import type { Clock } from "../ports/clock.ts";

export class Freshness {
  readonly #clock: Clock;
  #sentAt: Moment | undefined;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A beat sent then was acknowledged. */
  acknowledged(sentAt: Moment): void {
    this.#sentAt = sentAt;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  get silentMs(): number {
    return this.#sentAt === undefined ? Number.POSITIVE_INFINITY : elapsedMs(this.#sentAt, momentOf(this.#clock));
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

/** The worker's own time: what the active time of its runs is told by. */
import { limits } from "../contract/limits.ts";
import type { Clock } from "../ports/clock.ts";

/**
 * Begins with the wall clock at the worker's start and goes on only while the process runs: a wall clock that is set does not change
 * it, and between two looks at most `ownGapMs` are added, so that the sleep of a machine is not in it, whether its monotonic clock
 * stands still meanwhile or not. Each beat and each claim says it; two of one worker are compared, never those of two workers.
 */
export class OwnTime {
  readonly startedAtMs: number;
  readonly #clock: Clock;
  #lookedMs: number;
  #ranMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.startedAtMs = clock.nowMs();
    this.#lookedMs = clock.monotonicMs();
  }

  /** What a beat says of it besides its own moment. */
  say(): { readonly startedAtMs: number } {
    return { startedAtMs: this.startedAtMs };
  }

  /** Whole milliseconds since 1970; never goes back. */
  nowMs(): number {
    const atMs = this.#clock.monotonicMs();
    this.#ranMs += Math.min(limits.ownGapMs, atMs - this.#lookedMs);
    this.#lookedMs = atMs;
    return this.startedAtMs + Math.floor(this.#ranMs);
  }

  /** Looks at the clock often enough that nothing is lost while the process runs. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(limits.heartbeatMs, signal);
      this.nowMs();
    }
  }
}

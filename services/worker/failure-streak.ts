/** Failures in a row of this worker's calls: evidence that does not wait for the fleet's counts, nor is watered down by them. */
import { limits } from "../contract/limits.ts";

export class FailureStreak {
  #failures = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** A call that started then failed. Gives when the first of the row started, once the row is long enough to open the breaker. */
  failed(startedMs: number): number | undefined {
    if (this.#failures === 0 || startedMs - this.#sinceMs > limits.breakerBurstMs) {
      this.#failures = 0;
      this.#sinceMs = startedMs;
    }
    this.#failures++;
    if (this.#failures < limits.breakerBurstCalls) return undefined;
    this.#failures = 0;
    return this.#sinceMs;
  }

  /** A call that started then went through. One from before the row says nothing: long answers outlive the trouble's beginning. */
  succeeded(startedMs: number): void {
    if (startedMs > this.#sinceMs) this.#failures = 0;
  }
}

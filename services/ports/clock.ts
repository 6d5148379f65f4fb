/** Time and chance are arguments. */

/** `nowMs` is wall time since 1970, `monotonicMs` never goes back. `sleep` ends early, without error, when aborted. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness: `fraction` in [0, 1); `id` is a new lower-case id of 16 or more characters, never given twice. */
export interface Chance {
  fraction(): number;
  id(): string;
}

/** Reason of an abort that only ends waits and timers; without a reason each abort would build an error with its stack. */
export const OVER = "over";

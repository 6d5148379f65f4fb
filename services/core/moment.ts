/** How long ago something was, for whoever may act only a while after it. Pure. */

/** A moment by both clocks of a process. */
export type Moment = { readonly monotonicMs: number; readonly nowMs: number };

type Clocks = { monotonicMs(): number; nowMs(): number };

/** The moment that it is now. */
export const momentOf = (clock: Clocks): Moment => ({ monotonicMs: clock.monotonicMs(), nowMs: clock.nowMs() });

/**
 * The time since then by the clock that saw more of it: on a machine that sleeps the monotonic clock may stand still, and a wall clock
 * may be set back. One that is set forward says too much: who acts by this holds still until it knows better.
 */
export const elapsedMs = (since: Moment, now: Moment): number =>
  Math.max(now.monotonicMs - since.monotonicMs, now.nowMs - since.nowMs);

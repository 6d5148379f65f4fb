/** What the server's own headers leave: no slot is handed out that its buckets could not pay for. */
import type { Amounts, Dimension, RateControl } from "../contract/rate.ts";
import { burstOf, PERMIT, positionsAt } from "./rate-clock.ts";

/** Whole requests and tokens that were left when the server answered; what it did not say is absent. */
export type Left = Readonly<Partial<Amounts>>;

/**
 * The least free positions of the three clocks after the server said at `atMs` what was left. The clocks never run faster than
 * the server's limits, so from these positions on each slot is refilled by the time that it comes. It takes unused credit away
 * and nothing else: under load the free positions are ahead of these.
 */
export function leastPositions(control: RateControl, left: Left, atMs: number): Left {
  const at = positionsAt(control, atMs);
  const { requests, input, output } = left;
  return {
    // The next request needs one that is there, not one that is on its way.
    ...(requests === undefined ? {} : { requests: at.requests - (requests - 1) * PERMIT }),
    ...(input === undefined ? {} : { input: at.input - input }),
    ...(output === undefined ? {} : { output: at.output - output }),
  };
}

/** How far back free positions reach without a word of the server: a burst, or less after trouble. */
export function creditFloor(control: RateControl, atMs: number): Amounts {
  const at = positionsAt(control, atMs);
  const burst = burstOf(control);
  const floor = (dimension: Dimension) => Math.max(at[dimension] - burst[dimension], control.creditFrom[dimension]);
  return { requests: floor("requests"), input: floor("input"), output: floor("output") };
}

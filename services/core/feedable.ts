/** How many active runs the model rate can feed: more slots than that would only wait. */

/** Measured: permits a millisecond, and the time of a turn from its permit to the asking for the next one. */
export type Feed = { readonly permitsPerMs: number; readonly cycleMs: number };

/** A little more than the rate can feed, so that it never runs dry for want of runs. */
const SPARE = 1.2;

/** Active runs that the rate keeps busy (Little's law, with a fifth to spare); at least 1. */
export const feedableRuns = ({ permitsPerMs, cycleMs }: Feed): number =>
  Math.max(1, Math.ceil(permitsPerMs * cycleMs * SPARE));

/** Slots that a worker may have in use; all of them while calls do not wait for the rate, or nothing was measured yet. */
export const usefulSlots = (slots: number, feed: Feed | undefined): number =>
  feed === undefined ? slots : Math.min(slots, feedableRuns(feed));

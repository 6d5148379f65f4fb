/** When a controller that is called again every minute may end early: nothing waits, nothing runs, nothing is being repaired, nobody asked. */

import { limits } from "../contract/limits.ts";

/** What it saw since its shift began; undefined: it has not seen it yet, or could not. */
export type ShiftView = {
  /** Every loop has made a pass. */
  readonly hasLooked: boolean;
  readonly waiting: number | undefined;
  readonly active: number | undefined;
  /** Dead workers whose runs are still looked for. */
  readonly graves: number;
  /** Since somebody asked for a decision; undefined: nobody did. */
  readonly sinceKickMs: number | undefined;
};

/** Whether the rest of the minute may be slept through. Not knowing is not idle, nor is a queue that may not show yet what was asked for. */
export const isIdle = ({ hasLooked, waiting, active, graves, sinceKickMs }: ShiftView): boolean =>
  hasLooked &&
  waiting === 0 &&
  active === 0 &&
  graves === 0 &&
  (sinceKickMs === undefined || sinceKickMs >= limits.wokenLeastMs);

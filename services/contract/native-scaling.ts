/** What CloudWatch and the groups' own schedules do without a controller: what the stacks build and the planner plays. */
import { MINUTE, SECOND } from "./units.ts";

/** The specification's table. It says "more than"; steps of CloudWatch begin at a number, so each is one above. */
export const nativeSteps = [
  { from: 101, machines: 10, tasks: 0 },
  { from: 501, machines: 50, tasks: 0 },
  { from: 1_001, machines: 100, tasks: 100 },
] as const;

export const nativeTimes = {
  periodMs: MINUTE,
  /** Minutes in a row: a pass of the controller that is late is no reason for a hundred machines. */
  minutes: 3,
  /** A machine that boots must be counted before the next step. */
  warmUpMs: 60 * SECOND,
} as const;

/**
 * The specification's two times, as five fields (groups know no more), and how long a peak is waited for: it decays within an
 * hour and a half. Every raise has its lowering, or the minimum would stay up for ever.
 */
export const prewarmSchedules = {
  weekdays: { raise: "0 13 * * 1-5", lower: "0 15 * * 1-5" },
  daily: { raise: "0 3 * * *", lower: "0 5 * * *" },
} as const;

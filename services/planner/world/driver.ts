/** Who scales a virtual fleet. */
import type { Groups } from "./groups.ts";
import type { Runs } from "./runs.ts";
import type { VirtualFleet } from "./virtual-fleet.ts";

/** What a driver sees and moves. */
export type Stage = {
  readonly runs: Runs;
  readonly fleet: VirtualFleet;
  readonly groups: Groups;
};

/** Called after every second of the virtual clock. `starved`: a submission found no free slot in that second. */
export type Driver = {
  step(nowMs: number, starved: boolean): void;
  /** A decision was made that saw all runs that wait now; undefined when there was none in this step. `atMs`: when it took effect. */
  readonly decidedAtMs: number | undefined;
};

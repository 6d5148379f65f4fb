/** A machine of the virtual fleet. */
import type { MachineId } from "../../contract/capacity.ts";
import type { PlannedPool } from "../fleet.ts";

/**
 * `boots`: no worker yet. `works`: takes runs. `cordoned`: takes no new ones. `leaves`: was told to release its runs, or has had its notice.
 * `empty`: its workers have left. `ended`: gone, and paid for no more.
 */
export type MachineMode = "boots" | "works" | "cordoned" | "leaves" | "empty" | "ended";

/** `index` numbers all machines of a world. `idleSinceMs`: since when it has no run, while it has none. */
export type VirtualMachine = {
  readonly index: number;
  readonly id: MachineId;
  readonly pool: PlannedPool;
  readonly slots: number;
  readonly launchedAtMs: number;
  mode: MachineMode;
  active: number;
  idleSinceMs: number;
  /** Since when no worker lives there. */
  silentSinceMs: number;
  /** Its place among the machines with a free slot; -1: it has none. */
  openAt: number;
};

/** From which mode a machine may go to which. */
const ways: Readonly<Record<MachineMode, readonly MachineMode[]>> = {
  boots: ["works", "ended"],
  works: ["cordoned", "leaves", "ended"],
  cordoned: ["leaves", "ended"],
  leaves: ["empty", "ended"],
  empty: ["ended"],
  ended: [],
};

/** Whether a machine may go there from where it is. */
export const mayBecome = (machine: VirtualMachine, mode: MachineMode): boolean => ways[machine.mode].includes(mode);

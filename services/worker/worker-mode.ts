/**
 * The modes of a worker's life. STARTING: beats, claims nothing. RUNNING: polls while slots are free. CORDONED: takes no new message,
 * keeps its runs and beats on, until they end or a notice comes. DRAINING: takes no new message, lets turns in flight finish while
 * the notice allows, releases every run. STOPPED: holds nothing.
 */
export type WorkerMode = "STARTING" | "RUNNING" | "CORDONED" | "DRAINING" | "STOPPED";

const allowed: Readonly<Record<WorkerMode, readonly WorkerMode[]>> = {
  STARTING: ["RUNNING", "CORDONED", "DRAINING", "STOPPED"],
  RUNNING: ["CORDONED", "DRAINING", "STOPPED"],
  CORDONED: ["DRAINING", "STOPPED"],
  DRAINING: ["STOPPED"],
  STOPPED: [],
};

/** Throws for a change that no worker makes. */
export function assertChange(from: WorkerMode, to: WorkerMode): void {
  if (!allowed[from].includes(to)) throw new Error(`worker: ${from} -> ${to} is not a transition`);
}

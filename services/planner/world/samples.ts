/** What is looked at over time: one row every `SAMPLE_MS`, a column for each quantity. */
import { type PlannedPool, plannedPools } from "../fleet.ts";
import type { Stage } from "./driver.ts";

export const SAMPLE_MS = 30_000;

/** Columns of the same length. Slots and machines at the time; `waiting` and `active` runs. */
export type Samples = {
  readonly startMs: number;
  readonly count: number;
  readonly waiting: Float32Array;
  readonly active: Float32Array;
  /** Slots that take runs, all pools. */
  readonly slots: Float32Array;
  readonly machines: Readonly<Record<PlannedPool, Float32Array>>;
};

/** Takes a row at each multiple of `SAMPLE_MS` after the start. */
export class Sampler {
  readonly samples: Samples;
  readonly #startMs: number;

  constructor(startMs: number, endMs: number) {
    const rows = Math.ceil((endMs - startMs) / SAMPLE_MS) + 1;
    const column = () => new Float32Array(rows);
    this.#startMs = startMs;
    this.samples = {
      startMs,
      count: rows,
      waiting: column(),
      active: column(),
      slots: column(),
      machines: { spot: column(), "on-demand": column(), "fargate-spot": column(), fargate: column() },
    };
  }

  take({ runs, fleet }: Stage, nowMs: number): void {
    const row = (nowMs - this.#startMs) / SAMPLE_MS;
    if (!Number.isInteger(row) || row >= this.samples.count) return;
    const { waiting, active, slots, machines } = this.samples;
    waiting[row] = runs.waiting;
    active[row] = runs.active;
    slots[row] = fleet.slots;
    for (const pool of plannedPools) machines[pool][row] = fleet.machines[pool].length;
  }
}

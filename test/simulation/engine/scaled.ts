/** What a scaled world is like: pools whose machines come and go, and load in waves, so that the fleet grows and shrinks again and again. */
import { type CapacityPolicyInput, usualPools } from "../../../services/contract/capacity-policy.ts";
import type { Pool } from "../../../services/contract/ids.ts";
import type { Dice } from "./dice.ts";

/** Live bounds of a pool, in machines. */
export type ScaledPool = { readonly min: number; readonly max: number };

export type Scaled = {
  readonly pools: Readonly<Partial<Record<Pool, ScaledPool>>>;
  /** Workers of a machine. */
  readonly processes: number;
  /** From the order to the machine that its pool tells of; from there to its workers, on average. */
  readonly launchMs: number;
  readonly bootMs: number;
  readonly controllers: number;
  /** Waves of load, how far apart they are and how long each lasts. */
  readonly waves: number;
  readonly waveEveryMs: number;
  readonly waveMs: number;
  readonly policy: CapacityPolicyInput;
};

/** Draws a scaled world for workers with so many slots. */
export function drawScaled(dice: Dice, slots: number): Scaled {
  const processes = dice.pick([1, 1, 2]);
  const bootMs = dice.pick([2_000, 15_000, 40_000]);
  const pool = (name: keyof typeof usualPools) => ({ ...usualPools[name], slotsPerMachine: slots * processes, bootMs });
  return {
    pools: {
      spot: { min: 0, max: dice.int(3, 8) },
      "on-demand": { min: dice.int(1, 2), max: dice.int(2, 4) },
      "fargate-spot": { min: 0, max: dice.int(2, 6) },
    },
    processes,
    launchMs: dice.pick([500, 5_000]),
    bootMs,
    controllers: dice.int(1, 3),
    waves: dice.int(2, 3),
    waveEveryMs: dice.between(150_000, 240_000),
    waveMs: dice.between(5_000, 40_000),
    policy: {
      kind: dice.pick(["backlog", "backlog", "step"]),
      steps: [{ above: 10, addMachines: 2 }],
      burst: { above: dice.pick([30, 1_000]), oldestMs: 60_000, holdMs: 60_000 },
      scaleIn: { windowMs: 60_000, tolerance: 0.1, perMinute: 0.5, patienceMs: dice.pick([20_000, 300_000]) },
      pools: { spot: pool("spot"), "on-demand": pool("on-demand"), "fargate-spot": pool("fargate-spot") },
    },
  };
}

/** Workers that a scaled world may have at most. */
export const mostWorkers = ({ pools, processes }: Scaled): number =>
  processes * Object.values(pools).reduce((sum, { max }) => sum + max, 0);

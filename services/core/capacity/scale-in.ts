/** Which machines are told to take no new run because the fleet has more than it needs. Pure. */
import type { CapacityMemory, MachineId } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import { type CapacityPolicy, poolOrder } from "../../contract/capacity-policy.ts";
import type { Pool } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import type { NeedWindow } from "./need-window.ts";
import { haveOf, type WorkingMachine } from "./pool-view.ts";
import type { SplitPart } from "./split.ts";
import type { SuppliedPool, Supply } from "./supply.ts";

/** What scale-in looks at. `keep`: slots that are not to leave; `ceiling`: slots that must not be exceeded, whatever the window says. */
export type ScaleInInput = {
  readonly policy: CapacityPolicy;
  readonly pools: readonly SuppliedPool[];
  readonly supply: Supply;
  readonly keep: number;
  /** Slots that are wanted now. */
  readonly wanted: number;
  readonly parts: ReadonlyMap<Pool, SplitPart>;
  readonly ceiling: number;
  readonly window: NeedWindow;
  readonly launching: boolean;
  readonly cpuPercent: number | undefined;
  readonly memory: CapacityMemory;
  readonly nowMs: number;
};

/** Machines by pool, and why; or why none. */
export type ScaleIn = {
  readonly cordon: ReadonlyMap<Pool, { readonly ids: readonly MachineId[]; readonly because: readonly Because[] }>;
  readonly because: readonly Because[];
};

const none = (because: readonly Because[] = []): ScaleIn => ({ cordon: new Map(), because });

/** Machines of a pool beyond its part, of which its minimum is one: also where those that leave occupy its room. */
const beyondOf = ({ view, pending }: SuppliedPool, parts: ScaleInInput["parts"]): number =>
  haveOf(view, pending) - Math.max(parts.get(view.pool)?.machines ?? 0, Math.min(view.min, view.max));

/** Slots that a pool may give up; others may have given some of them up already. */
type Spare = (pool: SuppliedPool) => number;

/**
 * All slots above what is kept and a part more, so that a little more need does not bring back what has just left. Pools for bursts are dear: they
 * leave without that. So does what is above the ceiling.
 */
function spareOf({ policy, supply, keep, ceiling }: ScaleInInput): Spare {
  const usual = Math.max(supply.running - keep * (1 + policy.scaleIn.tolerance), supply.running - ceiling);
  const dear = Math.max(usual, supply.running - keep);
  return ({ view }) => (view.policy.burstOnly ? dear : usual);
}

/** Why a surplus stays for now; undefined when nothing speaks for it. */
function staying(input: ScaleInInput, spare: Spare): Because | undefined {
  const { policy, pools, parts, supply, keep, window, launching, cpuPercent } = input;
  const { windowMs } = policy.scaleIn;
  if (launching) return { kind: "keep-launching", starting: supply.starting };
  if (window.seenMs < windowMs) return { kind: "keep-learning", seenMs: window.seenMs, windowMs };
  const beyond = pools.filter((pool) => beyondOf(pool, parts) > 0);
  const surplus = supply.running - keep;
  const least = Math.min(...beyond.map((pool) => pool.view.slotsEach + surplus - spare(pool)));
  if (beyond.length > 0 && surplus < least) {
    return { kind: "keep-tolerance", surplus: Math.floor(surplus), least: Math.ceil(least) };
  }
  const { inPercent } = policy.cpu;
  if (cpuPercent !== undefined && cpuPercent >= inPercent) {
    return { kind: "keep-cpu", percent: Math.round(cpuPercent), inPercent };
  }
  const { downPercent } = policy.utilisation;
  const used = supply.running === 0 ? 0 : Math.round((supply.active * 100) / supply.running);
  if (downPercent !== undefined && used >= downPercent) return { kind: "keep-used", usedPercent: used, downPercent };
  return undefined;
}

/** Idle machines first, then those with the fewest runs; of equals the oldest, so that a fleet renews itself. */
const byBusyness = (a: WorkingMachine, b: WorkingMachine): number =>
  a.active - b.active || a.launchedAtMs - b.launchedAtMs || (a.id < b.id ? -1 : 1);

/** Dearest pools first: those that stand in for others leave before those that they stood in for. */
const leavingOrder = (pools: readonly SuppliedPool[]): SuppliedPool[] => {
  const rank = ({ view }: SuppliedPool): number => (view.policy.burstOnly ? 100 : 0) + poolOrder.indexOf(view.pool);
  return pools.toSorted((a, b) => rank(b) - rank(a));
};

/** At most so many machines of a pool, with no more slots than may be spared. */
function choose(running: readonly WorkingMachine[], most: number, spareSlots: number): WorkingMachine[] {
  if (most <= 0 || spareSlots <= 0) return [];
  const chosen: WorkingMachine[] = [];
  let spare = spareSlots;
  for (const machine of running.toSorted(byBusyness)) {
    if (chosen.length >= most) break;
    if (machine.slots > spare) continue;
    chosen.push(machine);
    spare -= machine.slots;
  }
  return chosen;
}

type Chosen = { readonly ids: readonly MachineId[]; readonly because: readonly Because[] };

/** Machines that a pool has beyond its live maximum leave at once. */
function aboveMax(pools: readonly SuppliedPool[]): Map<Pool, Chosen> {
  const chosen = pools.flatMap(({ view }): [Pool, Chosen][] => {
    const { pool, max, running, starting, late } = view;
    const ids = choose(running, running.length + starting + late.length - max, Number.POSITIVE_INFINITY);
    if (ids.length === 0) return [];
    return [
      [pool, { ids: ids.map(({ id }) => id), because: [{ kind: "above-max", pool, machines: ids.length, max }] }],
    ];
  });
  return new Map(chosen);
}

/** What is beyond the part of each pool, the dearest pools first, a few machines at a time. */
function surplusOf({ policy, pools, parts, supply, keep }: ScaleInInput, spare: Spare): Map<Pool, Chosen> {
  const running = pools.reduce((sum, { view }) => sum + view.running.length, 0);
  let most = Math.max(1, Math.floor(running * policy.scaleIn.perMinute));
  let given = 0;
  const cordon = new Map<Pool, Chosen>();
  for (const supplied of leavingOrder(pools)) {
    const { pool, running: machines } = supplied.view;
    const chosen = choose(machines, Math.min(most, beyondOf(supplied, parts)), spare(supplied) - given);
    if (chosen.length === 0) continue;
    most -= chosen.length;
    given += chosen.reduce((sum, { slots }) => sum + slots, 0);
    const numbers = { machines: chosen.length, keep: Math.ceil(keep), running: supply.running };
    const because: Because = { kind: "surplus", pool, ...numbers, windowMs: policy.scaleIn.windowMs };
    cordon.set(pool, { ids: chosen.map(({ id }) => id), because: [because] });
  }
  return cordon;
}

/** Why more runs than is wanted now, and nothing leaves: it was needed not long ago, or the pools are at their minimums. */
function becauseOf({ pools, supply, wanted, keep, window, launching }: ScaleInInput): Because[] {
  if (launching || supply.running <= wanted) return [];
  if (supply.running <= keep) {
    return [{ kind: "keep-window", running: supply.running, keep: Math.ceil(keep), windowMs: window.seenMs }];
  }
  return pools.flatMap(({ view: { pool, min } }) =>
    min > 0 ? [{ kind: "pool-min" as const, pool, machines: min }] : [],
  );
}

/**
 * Nothing leaves that was needed in all of the window; and then slowly, the idle first. Only what is above a pool's maximum or the ceiling does not wait
 * for the window.
 */
export function scaleIn(input: ScaleInInput): ScaleIn {
  const { pools, supply, keep, ceiling, memory, nowMs } = input;
  const over = aboveMax(pools);
  if (over.size > 0) return { cordon: over, because: [] };
  if (supply.running <= keep) return none(becauseOf(input));
  const spare = spareOf(input);
  const stays = supply.running > ceiling ? undefined : staying(input, spare);
  if (stays !== undefined) return none([stays]);
  const waitMs = (memory.scaledInAtMs ?? Number.NEGATIVE_INFINITY) + limits.scaleInEveryMs - nowMs;
  if (waitMs > 0) return none([{ kind: "keep-slow", waitMs }]);
  const cordon = surplusOf(input, spare);
  return cordon.size > 0 ? { cordon, because: [] } : none(becauseOf(input));
}

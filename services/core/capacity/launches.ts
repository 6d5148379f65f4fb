/** Which pools are asked for how many more machines. Pure. */
import type { Because } from "../../contract/capacity-because.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import type { Pool } from "../../contract/ids.ts";
import { haveOf } from "./pool-view.ts";
import type { SplitPart } from "./split.ts";
import { type SuppliedPool, type Supply, supplyOf } from "./supply.ts";

/**
 * More machines of a pool, and why. `needed`: slots are missing; else the pool is only filled up to its minimum, or takes
 * over from others.
 */
export type Launch = { readonly machines: number; readonly needed: boolean; readonly because: readonly Because[] };

type Parts = ReadonlyMap<Pool, SplitPart>;

/** What is wanted of these pools in slots, runs that need a machine each included, and how it is shared out. */
export type Wish = { readonly slots: number; readonly parts: Parts };

/** Machines that a pool lacks to its part. */
const gapOf = (parts: Parts, { view, pending }: SuppliedPool): number =>
  (parts.get(view.pool)?.machines ?? 0) - haveOf(view, pending);

function becauseOf(parts: Parts, { view, pending }: SuppliedPool, machines: number): Because[] {
  const { pool } = view;
  const { machines: wanted = 0, from = [] } = parts.get(pool) ?? {};
  const launch: Because = { kind: "launch", pool, machines, wanted, have: haveOf(view, pending) };
  return from.length === 0 ? [launch] : [launch, { kind: "fallback", pool, machines, from: [...from] }];
}

/**
 * Machines for the slots that are missing, from the pools that are below their part, in their order; nothing while there are
 * enough slots, wherever they are. A pool below its minimum is filled up to it whatever is wanted.
 */
export function launchesOf({ slots, parts }: Wish, pools: readonly SuppliedPool[]): Map<Pool, Launch> {
  const { running, starting } = supplyOf(pools, []);
  let missing = slots - running - starting;
  const launches = new Map<Pool, Launch>();
  for (const supplied of pools) {
    const { view, pending } = supplied;
    const have = haveOf(view, pending) + view.late.length;
    const least = Math.max(0, Math.min(view.min, view.max) - have);
    const more = missing <= 0 ? 0 : Math.min(gapOf(parts, supplied), Math.ceil(missing / view.slotsEach));
    const machines = Math.max(least, more);
    if (machines <= 0) continue;
    const because: Because[] = least > more ? [{ kind: "pool-min", pool: view.pool, machines: view.min }] : [];
    const reasons = [...because, ...becauseOf(parts, supplied, machines)];
    launches.set(view.pool, { machines, needed: more > 0, because: reasons });
    missing -= machines * view.slotsEach;
  }
  return launches;
}

type ReturnInput = { readonly supply: Supply; readonly policy: CapacityPolicy["scaleIn"] };

/** Slots that pools hold beyond their part. Those of pools for bursts always count, others when they are worth the way. */
function beyondOf(keep: Wish, pools: readonly SuppliedPool[], { supply, policy }: ReturnInput): number {
  let [burst, others] = [0, 0];
  for (const one of pools) {
    const slots = Math.max(0, -gapOf(keep.parts, one)) * one.view.slotsEach;
    if (one.view.policy.burstOnly) burst += slots;
    else others += slots;
  }
  return burst + (others >= supply.running * policy.tolerance ? others : 0);
}

/**
 * The way back to the first pools: machines there for what others hold beyond their part (a burst is over, a drought has
 * ended), a few at a time. Those others leave when the new ones run. Only while nothing else moves.
 */
export function returnsOf(keep: Wish, pools: readonly SuppliedPool[], input: ReturnInput): Map<Pool, Launch> {
  const { supply, policy } = input;
  const target = pools.find((one) => one.open && !one.view.policy.burstOnly && gapOf(keep.parts, one) > 0);
  if (target === undefined || supply.starting > 0) return new Map();
  const { view } = target;
  const others = pools.filter((one, i) => one !== target && (one.view.policy.burstOnly || i > pools.indexOf(target)));
  const beyond = beyondOf(keep, others, input);
  const spare = Math.max(0, supply.running - keep.slots);
  const all = pools.reduce((sum, one) => sum + one.view.running.length, 0);
  const machines = Math.min(
    gapOf(keep.parts, target),
    Math.floor((beyond - spare) / view.slotsEach),
    Math.max(1, Math.ceil(all * policy.perMinute)),
  );
  if (machines <= 0) return new Map();
  return new Map([[view.pool, { machines, needed: false, because: [{ kind: "return", pool: view.pool, machines }] }]]);
}

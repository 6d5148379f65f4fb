/** How many slots there are to be, and how many may not leave: need, caps and bounds, burst. Pure. */
import type { CapacityMemory, ManualOrder } from "../../contract/capacity.ts";
import { type Bounds, boundsOf, type Wanted, wantedOf } from "./bounds.ts";
import { type Burst, burstOf } from "./burst.ts";
import { budgetCap, modelCap } from "./caps.ts";
import type { Deciding } from "./conclude.ts";
import type { Facts } from "./facts.ts";
import { type Need, needOf } from "./need.ts";
import { type NeedWindow, noteNeed, windowOf } from "./need-window.ts";
import type { Portions } from "./share-out.ts";
import { read } from "./signal.ts";
import { judge, supplied } from "./supplied.ts";
import { type SuppliedPool, type Supply, supplyOf } from "./supply.ts";

/** What was weighed. `pools` are as before anybody knows which of them are wanted. */
export type Weighed = {
  readonly pools: readonly SuppliedPool[];
  readonly supply: Supply;
  readonly need: Need;
  readonly needs: CapacityMemory["needs"];
  readonly window: NeedWindow;
  readonly bounds: Bounds;
  readonly wanted: Wanted;
  readonly burst: Burst;
  /** What is to be there, and what is not to leave, in the pools that were seen: those that were not give what they have. */
  readonly portions: Portions;
  readonly keep: Portions;
};

/** Weighs what is known. */
export function weigh(deciding: Deciding, facts: Facts, order: ManualOrder | undefined): Weighed {
  const { snapshot, policy, nowMs } = deciding;
  const { memory, profile } = snapshot;
  const pools = deciding.seen.map((one) => supplied(judge(one, true, nowMs).seen));
  const { unseen } = deciding.fleet;
  const supply = supplyOf(pools, unseen);
  const { demand, isolated } = facts;
  const cpu = read(snapshot.cpu, nowMs);
  const need = needOf({ policy, demand, pools, supply, isolated, cpu, profile, memory, nowMs });
  const needs = noteNeed(memory.needs, need.keep, { nowMs, windowMs: policy.scaleIn.windowMs });
  const window = windowOf(needs, nowMs);
  const bounds = boundsOf(policy, order);
  const caps = [modelCap(facts.classes, policy), budgetCap(facts.budget, nowMs)].flatMap((cap) => cap ?? []);
  const wanted = wantedOf(need, window.highest, { caps, bounds });
  const missing = wanted.launch > supply.running + supply.starting;
  const burst = burstOf(policy.burst, demand, { missing, untilMs: memory.burstUntilMs, nowMs });
  // A run with a machine of its own is fed by the same rate, and counts as one slot against the ceiling.
  const places = Math.min(isolated, bounds.ceiling);
  const fed = Math.min(places, ...caps.map((cap) => cap.launch));
  const elsewhere = supplyOf([], unseen);
  const portions = {
    slots: Math.max(0, wanted.launch - elsewhere.running - elsewhere.starting),
    places: fed,
    burst: burst.untilMs !== undefined,
  };
  return {
    pools,
    supply,
    need,
    needs,
    window,
    bounds,
    wanted,
    burst,
    portions,
    // What only comes keeps nobody's place.
    keep: { ...portions, slots: Math.max(0, wanted.keep - elsewhere.running), places },
  };
}

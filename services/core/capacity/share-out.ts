import { haveOf, roomOf } from "./pool-view.ts";
import { type Split, type SplitPool, split } from "./split.ts";
import type { SuppliedPool } from "./supply.ts";

/** What is shared out: slots, runs that need a machine each, and whether pools for bursts take part. */
export type Portions = { readonly slots: number; readonly places: number; readonly burst: boolean };

const partOf = ({ view, pending, open }: SuppliedPool, burst: boolean): SplitPool => {
  const { pool, policy, slotsEach, min } = view;
  const cap = open ? roomOf(view) : Math.min(roomOf(view), haveOf(view, pending));
  return { pool, slotsEach, min, cap, share: policy.burstOnly && !burst ? 0 : policy.share };
};

/** Shares slots out to pools as they are now: one whose breaker is not closed keeps what it has. */
export const shareOut = (pools: readonly SuppliedPool[], { slots, places, burst }: Portions): Split =>
  split(
    slots,
    places,
    pools.map((one) => partOf(one, burst)),
  );

/** Shares slots out to pools: first what each must have, then by share, then what is left to whoever has room, in order. Pure. */
import type { Pool } from "../../contract/ids.ts";

/** A pool as it takes part: `share` of those that do (0: only what others cannot give), `cap` machines at most. */
export type SplitPool = {
  readonly pool: Pool;
  readonly share: number;
  readonly slotsEach: number;
  readonly min: number;
  readonly cap: number;
};

/** Machines of a pool; `from`: pools that had no room for their part, where this one stands in for them. */
export type SplitPart = { readonly machines: number; readonly from: readonly Pool[] };

/** The parts by pool; what the places come to in slots; slots and places that nobody has room for. */
export type Split = {
  readonly parts: ReadonlyMap<Pool, SplitPart>;
  readonly placeSlots: number;
  readonly short: number;
};

type Filling = { readonly pool: SplitPool; readonly from: Set<Pool>; machines: number; full: boolean };

/** What is shared out: slots, of which the machines that a pool has already are a part, or whole machines on top of them. */
type Portion = { readonly total: number; readonly of: "slots" | "places" };

/** Adds machines, no more than there is room for; gives what they come to. */
function add(filling: Filling, machines: number, unit: number): number {
  const most = Math.max(0, Math.min(machines, filling.pool.cap - filling.machines));
  filling.machines += most;
  return most * unit;
}

/** Shares a portion out; gives what is left over. */
function fill(fillings: readonly Filling[], { total, of }: Portion): number {
  const unitOf = ({ pool }: Filling): number => (of === "slots" ? pool.slotsEach : 1);
  const hasOf = ({ machines }: Filling): number => (of === "slots" ? machines : 0);
  const shares = fillings.reduce((sum, { pool }) => sum + pool.share, 0);
  let left = total - fillings.reduce((sum, filling) => sum + hasOf(filling) * unitOf(filling), 0);
  for (const filling of fillings) {
    if (filling.pool.share === 0 || left <= 0) continue;
    const unit = unitOf(filling);
    const wish = Math.floor(((filling.pool.share / shares) * total) / unit) - hasOf(filling);
    if (wish > filling.pool.cap - filling.machines) filling.full = true;
    left -= add(filling, Math.min(wish, Math.ceil(left / unit)), unit);
  }
  for (const filling of fillings) {
    if (left <= 0) break;
    const unit = unitOf(filling);
    const wish = Math.ceil(left / unit);
    const added = add(filling, wish, unit);
    if (added > 0) for (const other of fillings) if (other.full && other !== filling) filling.from.add(other.pool.pool);
    if (added < wish * unit) filling.full = true;
    left -= added;
  }
  return Math.max(0, left);
}

/**
 * Machines of each pool for `slots`, and `places` more machines for runs that need one each. Pools come in the order in which they stand in for
 * others. Minimums count towards the slots, and are there even if nothing is wanted.
 */
export function split(slots: number, places: number, pools: readonly SplitPool[]): Split {
  const fillings = pools.map((pool): Filling => {
    return { pool, machines: Math.min(pool.min, pool.cap), full: false, from: new Set() };
  });
  const slotsNow = (): number => fillings.reduce((sum, { pool, machines }) => sum + machines * pool.slotsEach, 0);
  let short = fill(fillings, { total: slots, of: "slots" });
  const before = slotsNow();
  if (places > 0) short += fill(fillings, { total: places, of: "places" });
  const parts = new Map(fillings.map(({ pool, machines, from }) => [pool.pool, { machines, from: [...from] }]));
  return { parts, placeSlots: slotsNow() - before, short };
}

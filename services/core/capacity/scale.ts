/** The decision when everything that it needs is known. Pure. */
import type { CapacityDecision, ManualOrder } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import type { Pool } from "../../contract/ids.ts";
import { conclude, type Deciding } from "./conclude.ts";
import type { Facts } from "./facts.ts";
import { type Launch, launchesOf, returnsOf } from "./launches.ts";
import { haveOf } from "./pool-view.ts";
import { type ScaleIn, scaleIn } from "./scale-in.ts";
import { shareOut } from "./share-out.ts";
import { read, valueIn } from "./signal.ts";
import type { Split } from "./split.ts";
import { judge, supplied } from "./supplied.ts";
import type { SuppliedPool } from "./supply.ts";
import { unseenBecause } from "./unseen-because.ts";
import { type Weighed, weigh } from "./weigh.ts";

/** Pools that would be asked for more if their breakers were closed. */
function wantedPools({ pools, portions }: Weighed): Set<Pool> {
  const { parts } = shareOut(
    pools.map((one) => ({ ...one, open: true })),
    portions,
  );
  const wanted = pools.filter(({ view, pending }) => (parts.get(view.pool)?.machines ?? 0) > haveOf(view, pending));
  return new Set(wanted.map(({ view }) => view.pool));
}

/** Why a pool gives no more although others stand in for it: its maximum. A breaker speaks for itself. */
function fullPools(pools: readonly SuppliedPool[], { parts, short }: Split, slots: number): Because[] {
  const stoodInFor = new Set([...parts.values()].flatMap(({ from }) => from));
  const because = pools.flatMap(({ view: { pool, max }, open }): Because[] => {
    const full = open && max > 0 && (parts.get(pool)?.machines ?? 0) >= max;
    return full && (short > 0 || stoodInFor.has(pool)) ? [{ kind: "pool-max", pool, machines: max }] : [];
  });
  if (short > 0)
    because.push({ kind: "all-full", slots: Math.max(0, Math.ceil(slots - short)), wanted: Math.ceil(slots) });
  return because;
}

type Lowering = {
  readonly lower: ScaleIn;
  readonly returns: ReadonlyMap<Pool, Launch>;
  readonly because: readonly Because[];
};

/**
 * What leaves, or else what comes back to the first pools. What should be known for it and is not holds both, but for what is
 * above a ceiling or a pool's maximum: that leaves by a person's word.
 */
function lowering(deciding: Deciding, weighed: Weighed, pools: readonly SuppliedPool[], launching: boolean): Lowering {
  const { snapshot, policy, nowMs } = deciding;
  const { supply, wanted, window, bounds, need } = weighed;
  const cpu = read(snapshot.cpu, nowMs);
  const value = valueIn(cpu);
  const unknown = [...need.unknown, ...(cpu.kind === "unknown" ? [{ signal: "cpu", why: cpu.why }] : [])];
  const holds = unknown.map((one): Because => ({ kind: "hold", ...one }));
  const kept = shareOut(pools, weighed.keep);
  const ceiling = bounds.ceiling + kept.placeSlots;
  const keep = holds.length > 0 ? ceiling : wanted.keep + kept.placeSlots;
  const lower = scaleIn({
    ...{ policy, pools, supply, keep, parts: kept.parts, window, launching, nowMs },
    wanted: wanted.launch + kept.placeSlots,
    ceiling,
    cpuPercent: value?.mostPercent ?? value?.percent,
    memory: snapshot.memory,
  });
  if (holds.length > 0) return { lower, returns: new Map(), because: holds };
  if (launching || lower.cordon.size > 0) return { lower, returns: new Map(), because: lower.because };
  // While a pool is not seen, nobody knows whom the others stand in for.
  if (deciding.fleet.unseen.length > 0) return { lower, returns: new Map(), because: lower.because };
  const returns = returnsOf({ slots: keep, parts: kept.parts }, pools, { supply, policy: policy.scaleIn });
  return { lower, returns, because: lower.because };
}

/** Decides by what is known. */
export function scale(deciding: Deciding, facts: Facts, order: ManualOrder | undefined): CapacityDecision {
  const { nowMs, snapshot } = deciding;
  const weighed = weigh(deciding, facts, order);
  const { need, wanted, burst, portions, supply } = weighed;
  const asked = wantedPools(weighed);
  const judged = deciding.seen.map((one) => judge(one, asked.has(one.view.pool), nowMs));
  const pools = judged.map(({ seen }) => supplied(seen));
  const parts = shareOut(pools, portions);
  const slots = wanted.launch + parts.placeSlots;
  const launches = launchesOf({ slots: portions.slots + parts.placeSlots, parts: parts.parts }, pools);
  // A pool that is only filled up to its minimum may wait for capacity for hours: nobody stays for that.
  const launching = [...launches.values()].some(({ needed }) => needed);
  const { lower, returns, because } = lowering(deciding, weighed, pools, launching);
  const { running, starting } = { running: Math.round(supply.running), starting: Math.round(supply.starting) };
  const enough: Because[] = launching ? [] : [{ kind: "enough", wanted: Math.ceil(slots), running, starting }];
  const plans = judged.map(({ seen, because: ofBreaker }) => {
    const chosen = lower.cordon.get(seen.view.pool);
    return {
      supplied: supplied(seen),
      breaker: seen.memory.breaker,
      launch: launches.get(seen.view.pool) ?? returns.get(seen.view.pool),
      chosen: chosen?.ids ?? [],
      because: [...ofBreaker, ...(chosen?.because ?? [])],
    };
  });
  const full = fullPools(pools, parts, slots);
  const { needs } = weighed;
  const unseen = unseenBecause(deciding.fleet);
  return conclude(deciding, {
    plans,
    seen: judged.map(({ seen }) => seen),
    general: [...unseen, ...need.because, ...wanted.because, ...burst.because, ...full, ...because, ...enough],
    memory: {
      ...{ needs, trend: need.trend, burstUntilMs: burst.untilMs, steppedAtMs: need.steppedAtMs },
      scaledInAtMs: lower.cordon.size > 0 ? nowMs : snapshot.memory.scaledInAtMs,
    },
    slots: { demand: need.demand, need: need.slots, wanted: Math.ceil(slots), running, starting },
  });
}

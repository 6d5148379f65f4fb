/** A decision as it is told: entries of the history, answers for the next decision, and the summary that others read. Pure. */
import type { CapacityDecision, PoolAnswer, PoolState, PoolTarget } from "../../contract/capacity.ts";
import { type ScalingEvent, scalingEventId } from "../../contract/capacity-events.ts";
import { limits } from "../../contract/limits.ts";
import type { CapacitySummary, PoolSummary } from "../../contract/scaling.ts";
import type { ActOutcome, PoolOutcome } from "../../ports/capacity.ts";
import type { Taken } from "./snapshot.ts";

type Pools = Taken["snapshot"]["pools"];

const stateOf = (pools: Pools, pool: string): PoolState | undefined => {
  const found = pools.find((one) => one.pool === pool)?.state;
  return found?.kind === "known" ? found.value : undefined;
};

/** Targets that ask for something: another number, or that machines leave. */
export const changes = (targets: readonly PoolTarget[], pools: Pools): PoolTarget[] =>
  targets.filter(
    ({ pool, machines, cordon, drain, end }) =>
      machines !== stateOf(pools, pool)?.desired || cordon.length + drain.length + end.length > 0,
  );

const answerKind: Partial<Record<ActOutcome["kind"], PoolAnswer["kind"]>> = {
  partial: "no-capacity",
  "no-capacity": "no-capacity",
  quota: "quota",
  throttled: "throttled",
};

/** What pools gave less than they were asked for. */
export const answersOf = (outcomes: readonly PoolOutcome[], atMs: number): PoolAnswer[] =>
  outcomes.flatMap(({ pool, outcome }) => {
    const kind = answerKind[outcome.kind];
    if (kind === undefined || outcome.kind === "done") return [];
    return [{ pool, atMs, kind, because: outcome.because.slice(0, limits.detailChars) }];
  });

/** What happened, for the history. `refused` are answers that are news. */
export function eventsOf(
  {
    targets,
    pools,
    refused,
    expired,
  }: {
    readonly targets: readonly PoolTarget[];
    readonly pools: Pools;
    readonly refused: readonly PoolAnswer[];
    readonly expired: Taken["expired"];
  },
  decision: string,
  atMs: number,
): ScalingEvent[] {
  let n = 0;
  const id = () => scalingEventId(atMs, decision, n++);
  return [
    ...(expired === undefined
      ? []
      : [{ kind: "order" as const, id: id(), atMs, what: "expired" as const, by: expired.by }]),
    ...targets.map(({ pool, machines: to, cordon, drain, end, because }) => ({
      ...{ kind: "target" as const, id: id(), atMs, pool, from: stateOf(pools, pool)?.desired ?? to, to, because },
      ...{ cordoned: cordon.length, drained: drain.length, ended: end.length },
    })),
    ...refused.map(({ pool, kind: answer, because }) => ({
      ...{ kind: "refused" as const, id: id(), atMs, pool, answer, because },
    })),
  ];
}

function poolSummary({ pool, state, heard }: Pools[number], { targets, memory }: CapacityDecision): PoolSummary {
  const target = targets.find((one) => one.pool === pool)?.machines;
  const breaker = memory.pools[pool]?.breaker;
  const decided = { ...(target === undefined ? {} : { target }), ...(breaker === undefined ? {} : { breaker }) };
  if (state.kind !== "known")
    return { pool, unknown: state.kind === "unknown" ? state.because : "none", ...heard, ...decided };
  const { min, max, desired, machines } = state.value;
  const working = machines.flatMap((one) => (one.kind === "working" ? [one] : []));
  const sum = (field: "slots" | "active") => working.reduce((total, one) => total + one[field], 0);
  return {
    ...{ pool, min, max, desired, machines: machines.length, booting: machines.length - working.length },
    leaving: memory.leaving.filter((one) => one.pool === pool).length,
    ...{ slots: sum("slots"), active: sum("active"), ...decided },
  };
}

/** What the API shows, and what it knows by whether a submit found a free slot. */
export function summaryOf(
  { snapshot }: Taken,
  decision: CapacityDecision,
  by: { readonly epoch: number; readonly atMs: number; readonly policy: string; readonly acts: boolean },
): CapacitySummary {
  const pools = snapshot.pools.map((one) => poolSummary(one, decision));
  const waiting = Object.values(snapshot.lanes).map((lane) => (lane.kind === "known" ? lane.value.visible : undefined));
  const isKnown = waiting.every((visible) => visible !== undefined) && pools.every(({ slots }) => slots !== undefined);
  const total = (field: "slots" | "active") => pools.reduce((sum, one) => sum + (one[field] ?? 0), 0);
  const { slots } = decision;
  const queued = waiting.reduce<number>((sum, visible) => sum + (visible ?? 0), 0);
  return {
    ...by,
    pools,
    because: decision.because.slice(0, limits.reasonsMax),
    ...(slots === undefined ? {} : { slots }),
    ...(isKnown ? { free: Math.max(0, total("slots") - total("active") - queued) } : {}),
    ...(snapshot.order === undefined ? {} : { order: snapshot.order }),
  };
}

/** Capacity as a person reads it: pools, the last decision with its reasons, and what was scaled of late. */
import type { CapacityView, OrderView, PoolView, ScalingEventView } from "../../contract/capacity-view.ts";
import { table } from "./table.ts";
import { duration } from "./units.ts";

const known = (value: number | undefined): string => (value === undefined ? "unknown" : String(value));
const agoOf = (time: string, nowMs: number): string => `${duration(Math.max(0, nowMs - Date.parse(time)))} ago`;

const breakerOf = ({ breaker, probeAt, unknown }: PoolView): string => {
  if (unknown !== undefined) return `unknown: ${unknown}`;
  return breaker === undefined || breaker === "closed"
    ? ""
    : probeAt === undefined
      ? "probes"
      : `open, probe ${probeAt}`;
};

/** An order on one line. */
export function orderText({ hold, floorSlots, ceilingSlots, until, by }: OrderView): string {
  const parts = [
    ...(hold ? ["hold"] : []),
    ...(floorSlots === undefined ? [] : [`at least ${floorSlots} slots`]),
    ...(ceilingSlots === undefined ? [] : [`at most ${ceilingSlots} slots`]),
  ];
  return `${parts.length === 0 ? "nothing" : parts.join(", ")}, ordered by ${by}${until === undefined ? "" : `, until ${until}`}`;
}

/** Pools and the last decision. */
export function capacityText(capacity: CapacityView, nowMs: number): string {
  const pools = table<PoolView>(
    [
      { title: "POOL", cell: ({ pool }) => pool },
      { title: "MACHINES", cell: ({ machines }) => known(machines), align: "right" },
      { title: "BOOT", cell: ({ booting }) => known(booting), align: "right" },
      { title: "LEAVE", cell: ({ leaving }) => known(leaving), align: "right" },
      { title: "TARGET", cell: ({ target }) => known(target), align: "right" },
      { title: "MIN", cell: ({ min }) => known(min), align: "right" },
      { title: "MAX", cell: ({ max }) => known(max), align: "right" },
      { title: "ACTIVE", cell: ({ active }) => known(active), align: "right" },
      { title: "SLOTS", cell: ({ slots }) => known(slots), align: "right" },
      { title: "BREAKER", cell: breakerOf },
    ],
    capacity.pools,
  );
  const { slots, order, acts, policy, because, decidedAt } = capacity;
  const sums =
    slots === undefined
      ? "something is unknown: everything holds"
      : `${slots.need} slots needed, ${slots.wanted} wanted, ${slots.running} there, ${slots.starting} coming`;
  return [
    pools,
    "",
    `decided ${agoOf(decidedAt, nowMs)} by ${policy}${acts ? "" : " (shown only: it does nothing)"}: ${sums}`,
    ...because.map((one) => `  ${one}`),
    ...(order === undefined ? [] : [`order: ${orderText(order)}`]),
  ].join("\n");
}

function whatOf({ kind, from, to, cordoned = 0, drained = 0, ended = 0, what = "", by }: ScalingEventView): string {
  if (kind === "refused") return what;
  if (kind === "order") return `${what}${by === undefined ? "" : ` by ${by}`}`;
  const parts = [
    ...(from === to ? [] : [`${from} -> ${to}`]),
    ...(cordoned > 0 ? [`${cordoned} take no more runs`] : []),
    ...(drained > 0 ? [`${drained} drained`] : []),
    ...(ended > 0 ? [`${ended} ended`] : []),
  ];
  return parts.join(", ");
}

/** The history, as given. */
export function scalingEventsText(events: readonly ScalingEventView[], nowMs: number): string {
  if (events.length === 0) return "nothing was scaled yet";
  return table<ScalingEventView>(
    [
      { title: "WHEN", cell: ({ at }) => agoOf(at, nowMs), align: "right" },
      { title: "POOL", cell: ({ pool }) => pool ?? "" },
      { title: "WHAT", cell: whatOf },
      { title: "BECAUSE", cell: ({ because }) => because.join("; ") },
    ],
    events,
  );
}

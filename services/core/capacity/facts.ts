/** What must be known before anything is launched or leaves. Pure. */
import type { CapacitySnapshot, FleetBudget, ModelRate } from "../../contract/capacity.ts";
import { type Demand, demandOf, type FleetView, type Unknown } from "./fleet-view.ts";
import { type Reading, read, valueIn } from "./signal.ts";

/** Signals as values. */
export type Facts = {
  readonly demand: Demand;
  readonly isolated: number;
  readonly classes: readonly ModelRate[];
  readonly budget: FleetBudget | undefined;
};

const lacking = <T>(signal: string, reading: Reading<T>): Unknown[] =>
  reading.kind === "unknown" ? [{ signal, why: reading.why }] : [];

/** All facts, or what is not known of them. */
export function factsOf(
  snapshot: CapacitySnapshot,
  fleet: FleetView,
  nowMs: number,
):
  | { readonly kind: "known"; readonly facts: Facts }
  | { readonly kind: "unknown"; readonly unknown: readonly Unknown[] } {
  const lanes = demandOf(snapshot.lanes, nowMs);
  const isolated = read(snapshot.isolated, nowMs);
  const model = read(snapshot.model, nowMs);
  const budget = read(snapshot.budget, nowMs);
  const unknown = [
    ...fleet.unknown,
    ...lanes.unknown,
    ...lacking("isolated", isolated),
    ...lacking("model", model),
    ...lacking("budget", budget),
  ];
  if (lanes.demand === undefined || unknown.length > 0) return { kind: "unknown", unknown };
  const facts = {
    demand: lanes.demand,
    isolated: valueIn(isolated)?.runs ?? 0,
    classes: valueIn(model)?.classes ?? [],
    budget: valueIn(budget),
  };
  return { kind: "known", facts };
}

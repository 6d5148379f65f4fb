/** One policy in figures. Pure. */
import { HOUR } from "../../contract/units.ts";
import type { FleetPlan } from "../fleet.ts";
import type { Span, Traffic } from "../traffic/traffic.ts";
import type { Outcome, PlannedPolicy } from "../world/simulate.ts";
import { costOf, type PoolUsd, perMonth, totalOf } from "./costs.ts";
import { type Fallback, fallbackOf } from "./fallback.ts";
import { quantile } from "./quantile.ts";
import { summarizeWaits, type WaitSummary } from "./waits.ts";

/** What is put into figures. `undisturbed`: the same policy without drought and outage. */
export type SummaryInput = {
  readonly traffic: Traffic;
  readonly plan: FleetPlan;
  readonly outcome: Outcome;
  readonly fixed: Outcome;
  readonly undisturbed: Outcome | undefined;
  readonly disturbed: { readonly droughts: readonly Span[]; readonly down: readonly Span[] };
};

/** Figures; USD over the whole traffic where no other time is named. Utilisation: active runs of slots that took runs. */
export type PolicySummary = {
  readonly name: PlannedPolicy;
  readonly waits: WaitSummary;
  /** Absent: nobody decides, or no submission ever found all slots taken. */
  readonly decisionDelayP95Ms: number | undefined;
  readonly costUsd: number;
  readonly fixedFleetCostUsd: number;
  readonly savedShare: number;
  readonly usdPerAgentHour: number;
  readonly usdPerMonth: PoolUsd;
  readonly utilisation: number;
  readonly agentHours: number;
  readonly machineHours: PoolUsd;
  readonly ended: number;
  readonly released: number;
  readonly interruptions: number;
  readonly extraCostUsd: number | undefined;
  readonly fallback: Fallback | undefined;
};

export function summarize({ traffic, plan, outcome, fixed, undisturbed, disturbed }: SummaryInput): PolicySummary {
  const byPool = costOf(plan, outcome.machineHours);
  const costUsd = totalOf(byPool);
  const fixedFleetCostUsd = totalOf(costOf(plan, fixed.machineHours));
  const [drought] = disturbed.droughts;
  return {
    name: outcome.policy,
    waits: summarizeWaits(traffic, outcome.waitedMs),
    decisionDelayP95Ms: quantile(outcome.decisionDelaysMs.toSorted(), 0.95),
    costUsd,
    fixedFleetCostUsd,
    savedShare: 1 - costUsd / fixedFleetCostUsd,
    usdPerAgentHour: costUsd / outcome.agentHours,
    usdPerMonth: perMonth(byPool, (traffic.endMs - traffic.startMs) / HOUR),
    utilisation: outcome.agentHours / outcome.slotHours,
    agentHours: outcome.agentHours,
    machineHours: outcome.machineHours,
    ended: outcome.ended,
    released: outcome.released,
    interruptions: outcome.interruptions,
    extraCostUsd: undisturbed && costUsd - totalOf(costOf(plan, undisturbed.machineHours)),
    fallback: drought && fallbackOf(outcome.launches, drought),
  };
}

/** A plan for machines: the fields stay, more may be added. */
import { capacityPlans, pricePlan } from "../advice/capacity-plans.ts";
import type { PlanResult } from "../plan.ts";

/** What `muster plan --json` prints; undefined fields are left out when it is written. */
export function planJson(result: PlanResult) {
  const { request, outcomes, advice, peakRuns, meanRuns, disturbed } = result;
  const { traffic, plan, seed, callsPerMinute, callsPerRunMinute, kick } = request;
  return {
    traffic: {
      name: traffic.name,
      runs: traffic.atMs.length,
      days: (traffic.endMs - traffic.startMs) / 86_400_000,
      peakRuns,
      meanRuns,
    },
    seed,
    callsPerMinute,
    callsPerRunMinute,
    kick,
    fleet: { profile: plan.profile, machineType: plan.machineType, spotDiscount: plan.spotDiscount, pools: plan.pools },
    disturbed,
    policies: outcomes.map(({ outcome, summary }) => ({
      name: summary.name,
      waitP50Ms: summary.waits.all.p50Ms,
      waitP95Ms: summary.waits.all.p95Ms,
      waitMaxMs: summary.waits.all.maxMs,
      decisionDelayP95Ms: summary.decisionDelayP95Ms,
      costUsd: summary.costUsd,
      fixedFleetCostUsd: summary.fixedFleetCostUsd,
      savedShare: summary.savedShare,
      usdPerAgentHour: summary.usdPerAgentHour,
      usdPerMonth: summary.usdPerMonth,
      utilisation: summary.utilisation,
      lanes: summary.waits.lanes,
      spans: summary.waits.spans,
      neverStarted: summary.waits.all.never,
      ended: summary.ended,
      released: summary.released,
      interruptions: summary.interruptions,
      decisions: outcome.decisions,
      machineHours: summary.machineHours,
      extraCostUsd: summary.extraCostUsd,
      fallback: summary.fallback,
    })),
    plans: capacityPlans.map((one) => pricePlan(one, plan.spotDiscount)),
    advice,
  };
}
export type PlanJson = ReturnType<typeof planJson>;

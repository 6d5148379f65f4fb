/** What the planner advises beside the policies: commitment, sizes, types, orchestrator, model tier. Pure. */
import { discounts, machinePrices } from "../../contract/capacity-prices.ts";
import type { FleetPlan } from "../fleet.ts";
import { adviseModelTier } from "./model-tier.ts";
import { adviseOrchestrator } from "./orchestrator.ts";
import { rightSize } from "./right-size.ts";
import { adviseSavingsPlan } from "./savings-plan.ts";
import { typeMix } from "./type-mix.ts";

/** What the advice is made of. `onDemandMachines`: at even distances of time, of the policy that is advised on. */
export type AdviceInput = {
  readonly plan: FleetPlan;
  readonly peakRuns: number;
  readonly meanRuns: number;
  readonly peakMachines: number;
  readonly onDemandMachines: Float32Array;
  readonly callsPerRunMinute: number;
  readonly callsPerMinute: number | undefined;
};

/** Advice for a plan; see each part for what it promises. */
export function advise(input: AdviceInput) {
  const { plan, peakRuns, meanRuns, callsPerRunMinute, callsPerMinute } = input;
  return {
    savingsPlan: adviseSavingsPlan(input.onDemandMachines, machinePrices.types[plan.machineType].onDemandUsdPerHour),
    rightSize: rightSize(plan.machineType, plan.slotsPerVcpu),
    types: typeMix(plan.slotsPerVcpu, { spot: plan.spotDiscount, fargateSpot: discounts.fargateSpot }),
    orchestrator: adviseOrchestrator(peakRuns, input.peakMachines),
    modelTier: adviseModelTier({ peakRuns, meanRuns, callsPerRunMinute }, callsPerMinute),
  };
}
/** All advice of a plan. */
export type Advice = ReturnType<typeof advise>;

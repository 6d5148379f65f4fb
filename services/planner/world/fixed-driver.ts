/** The mark that every policy is measured by: a fleet sized for the peak that runs all the time. */
import type { FleetPlan, PlannedPool } from "../fleet.ts";
import type { Driver } from "./driver.ts";

/** Nobody decides anything. */
export const fixedDriver: Driver = { step: () => undefined, decidedAtMs: undefined };

/** Spot and On-Demand machines in the shares of the policy, with a slot for every run of the peak. */
export function fixedMachines(plan: FleetPlan, peakRuns: number): Readonly<Record<PlannedPool, number>> {
  const { spot, "on-demand": onDemand } = plan.policy.pools;
  const [spotShare, share] = [spot?.share ?? 0.7, onDemand?.share ?? 0.2];
  const machines = Math.ceil(peakRuns / plan.pools.spot.slotsPerMachine);
  const spotMachines = Math.round((machines * spotShare) / (spotShare + share));
  return { spot: spotMachines, "on-demand": machines - spotMachines, "fargate-spot": 0, fargate: 0 };
}

/** The plan with the fixed machines as minimum and maximum of each pool. */
export function fixedPlan(plan: FleetPlan, machines: Readonly<Record<PlannedPool, number>>): FleetPlan {
  const pool = (name: PlannedPool) => ({ ...plan.pools[name], min: machines[name], max: machines[name] });
  return {
    ...plan,
    prewarm: [],
    pools: {
      spot: pool("spot"),
      "on-demand": pool("on-demand"),
      "fargate-spot": pool("fargate-spot"),
      fargate: pool("fargate"),
    },
  };
}

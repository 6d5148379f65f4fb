/** ECS, or EKS with Karpenter: by how many machines the peak takes. Pure. */

/** The specification's mark: above it EKS is worth a look. ECS itself ends at 5,000 machines in a cluster. */
export const EKS_FROM_RUNS = 5_000;
const ECS_MACHINES_MAX = 5_000;
/** An EKS cluster's own price, USD a month (0.10 an hour; standard support). */
const EKS_USD_PER_MONTH = 73;

/** What to run the fleet on, and why. */
export type OrchestratorAdvice = {
  readonly use: "ECS" | "ECS; EKS with Karpenter is worth a look";
  readonly because: string;
};

/**
 * What speaks for Karpenter is bin packing of many small pods and choice among types; with many slots on each machine there is one task for
 * each, and the choice of types is the group's.
 */
export function adviseOrchestrator(peakRuns: number, peakMachines: number): OrchestratorAdvice {
  const machines = `${peakMachines} machines and tasks at the peak, one task each (ECS: at most ${ECS_MACHINES_MAX} in a cluster)`;
  if (peakRuns <= EKS_FROM_RUNS)
    return { use: "ECS", because: `${machines}; below ${EKS_FROM_RUNS} runs EKS adds work and no saving` };
  return {
    use: "ECS; EKS with Karpenter is worth a look",
    because:
      `${machines}. Above ${EKS_FROM_RUNS} runs Karpenter could choose among more types and pack agents that need a machine of their own; ` +
      `it costs ${EKS_USD_PER_MONTH} USD a month, and slots already pack shared runs`,
  };
}

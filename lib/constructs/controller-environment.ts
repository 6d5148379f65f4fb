/** The environment of the controller's function. */

import type { CapacityPolicyInput } from "../../services/contract/capacity-policy.ts";
import type { PoolSettings } from "../../services/contract/pool-settings.ts";
import type { AskedScaling } from "../config/asked-scaling.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Names } from "../config/names.ts";
import type { StateStack } from "../stacks/state.ts";
import { observedEnvironment } from "./observed-environment.ts";

type Given = { readonly deployment: Deployment; readonly state: StateStack; readonly names: Names };

/** The keys of the specification as settings of the controller (`contract/capacity-policy.ts`). */
export const policyOf = (asked: AskedScaling): CapacityPolicyInput => ({
  ...(asked.minAgents === undefined ? {} : { floorSlots: asked.minAgents }),
  ...(asked.maxAgents === undefined ? {} : { ceilingSlots: asked.maxAgents }),
  ...(asked.scaleUpThreshold === undefined && asked.scaleDownThreshold === undefined
    ? {}
    : {
        utilisation: {
          upPercent: asked.scaleUpThreshold ?? 80,
          ...(asked.scaleDownThreshold === undefined ? {} : { downPercent: asked.scaleDownThreshold }),
        },
      }),
});

/** The pools as functions know them: names and bounds, JSON. */
export function capacitySettings({ deployment: { pools }, names }: Pick<Given, "deployment" | "names">): string {
  const settings: PoolSettings = {
    cluster: names.cluster,
    names: names.pools,
    bounds: {
      spot: pools.spot,
      "on-demand": pools.onDemand,
      "fargate-spot": pools.fargateSpot,
      fargate: pools.fargate,
    },
  };
  return JSON.stringify(settings);
}

/** Names are those of the contract. What it scales: `MUSTER_CAPACITY`, JSON by pool. */
export function controllerEnvironment({ deployment, state, names }: Given): Readonly<Record<string, string>> {
  const { claude, driver, scaling } = deployment;
  return {
    ...state.stateEnv,
    ...state.queues.deadEnv,
    ...observedEnvironment(deployment),
    MUSTER_WORKSPACE: claude.workspace,
    MUSTER_RATE_LIMITS: JSON.stringify(claude.rateLimits),
    MUSTER_RATE_HEADROOM: String(claude.headroom),
    MUSTER_DRIVER: driver,
    MUSTER_CAPACITY: capacitySettings({ deployment, names }),
    MUSTER_SCALING: JSON.stringify(policyOf(scaling)),
    ...(scaling.queueSize === undefined ? {} : { MUSTER_QUEUE_SIZE: String(scaling.queueSize) }),
  };
}

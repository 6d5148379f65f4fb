/** The environment of the controller's function. */
import type { Deployment } from "../config/deployment.ts";
import type { Names } from "../config/names.ts";
import type { StateStack } from "../stacks/state.ts";

type Given = { readonly deployment: Deployment; readonly state: StateStack; readonly names: Names };

/** Names are those of the contract. What it scales: `MUSTER_CAPACITY`, JSON by pool. */
export function controllerEnvironment({ deployment, state, names }: Given): Readonly<Record<string, string>> {
  const { name, claude, pools, driver, scaling } = deployment;
  const capacity = {
    cluster: names.cluster,
    names: names.pools,
    bounds: {
      spot: pools.spot,
      "on-demand": pools.onDemand,
      "fargate-spot": pools.fargateSpot,
      fargate: pools.fargate,
    },
  };
  return {
    ...state.stateEnv,
    ...state.queues.deadEnv,
    MUSTER_INSTALLATION: name,
    MUSTER_WORKSPACE: claude.workspace,
    MUSTER_DRIVER: driver,
    MUSTER_CAPACITY: JSON.stringify(capacity),
    ...(scaling.queueSize === undefined ? {} : { MUSTER_QUEUE_SIZE: String(scaling.queueSize) }),
  };
}

/** The environment of the functions that serve the API. */
import type { apiEnv, EnvOf } from "../../services/contract/env.ts";
import type { Deployment } from "../config/deployment.ts";
import type { StateStack } from "../stacks/state.ts";
import { observedEnvironment } from "./observed-environment.ts";

type ApiEnvironment = Readonly<Record<string, string>> &
  Partial<EnvOf<typeof apiEnv>> & { readonly [K in keyof StateStack["stateEnv"]]: string };

/** Names are those of the contract. The Region is Lambda's own variable. */
export function apiEnvironment({
  deployment,
  state,
}: {
  readonly deployment: Deployment;
  readonly state: StateStack;
}): ApiEnvironment {
  const { claude, scaling } = deployment;
  return {
    ...state.stateEnv,
    ...observedEnvironment(deployment),
    MUSTER_WORKSPACE: claude.workspace,
    ...(scaling.queueSize === undefined ? {} : { MUSTER_QUEUE_SIZE: String(scaling.queueSize) }),
  };
}

/** The environment of the worker's container, as the supervisor in it reads it. */
import type { Stack } from "aws-cdk-lib";
import type { EnvOf, supervisorEnv } from "../../services/contract/env.ts";
import type { Deployment } from "../config/deployment.ts";
import type { StateStack } from "../stacks/state.ts";
import type { ClaudeKey } from "./claude-key.ts";
import { observedEnvironment } from "./observed-environment.ts";

type Given = { readonly deployment: Deployment; readonly state: StateStack; readonly key: ClaudeKey };
type WorkerEnvironment = Readonly<Record<string, string>> & Partial<EnvOf<typeof supervisorEnv>>;

/** Without what a pool adds for itself. Names are those of the contract; no secret is among the values. */
export function workerEnvironment(stack: Stack, { deployment, state, key }: Given): WorkerEnvironment {
  const { worker, claude, scaling, profile, driver } = deployment;
  return {
    ...state.stateEnv,
    AWS_REGION: stack.region,
    ...observedEnvironment(deployment),
    MUSTER_CLAUDE_SECRET: key.secret.secretArn,
    MUSTER_SLOTS_PER_VCPU: String(worker.slotsPerVcpu),
    MUSTER_VCPU_PER_PROCESS: String(worker.vcpuPerProcess),
    MUSTER_WORKSPACE: claude.workspace,
    MUSTER_RATE_LIMITS: JSON.stringify(claude.rateLimits),
    MUSTER_RATE_HEADROOM: String(claude.headroom),
    MUSTER_DRIVER: driver,
    MUSTER_VERSION: profile,
    ...(scaling.maxConcurrentJobs === undefined ? {} : { MUSTER_TENANT_ACTIVE_MAX: String(scaling.maxConcurrentJobs) }),
  };
}

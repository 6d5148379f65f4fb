/** What a worker may do in the account. */
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { StateStack } from "../stacks/state.ts";
import type { ClaudeKey } from "./claude-key.ts";

/**
 * Read and write runs, receive wake-ups and send them again, read the key of the Claude API, ask for protection from scale-in.
 * Ending its own machine is granted by the pool that the machine belongs to.
 */
export class WorkerRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { state, key }: { readonly state: StateStack; readonly key: ClaudeKey }) {
    super(scope, id);
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
    state.grantUse(this.role);
    state.queues.grantSend(this.role);
    state.queues.grantReceive(this.role);
    key.grantRead(this.role);
  }
}

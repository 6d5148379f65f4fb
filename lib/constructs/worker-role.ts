/** What a worker may do in the account. */
import { Grant, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { arnOf, type Names } from "../config/names.ts";
import type { StateStack } from "../stacks/state.ts";
import { acceptWildcards } from "./accept.ts";
import type { ClaudeKey } from "./claude-key.ts";
import { groupArn } from "./grant-capacity.ts";

/** The state to work on, the key to call Claude with, the names of what the workers run in, and whether they run on machines of ours. */
export type WorkerRoleProps = {
  readonly state: StateStack;
  readonly key: ClaudeKey;
  readonly names: Names;
  readonly on: "machines" | "fargate";
};

/**
 * Read and write runs, receive wake-ups and send them again, read the key of the Claude API, ask for protection from scale-in. On
 * machines also: end one of its own fleet (its own, by what it asks; the service knows no narrower name for that).
 */
export class WorkerRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { state, key, names, on }: WorkerRoleProps) {
    super(scope, id);
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
    const grantee = this.role;
    state.grantUse(grantee);
    state.queues.grantSend(grantee);
    state.queues.grantReceive(grantee);
    key.grantRead(grantee);
    const tasks = arnOf("ecs", `task/${names.cluster}/*`);
    Grant.addToPrincipal({ grantee, actions: ["ecs:UpdateTaskProtection"], resourceArns: [tasks] });
    acceptWildcards(grantee, [tasks], "A task's id is made by the service; the cluster in its name is ours.");
    if (on === "machines") this.endMachines(names);
  }

  private endMachines(names: Names): void {
    const grantee = this.role;
    const groups = [groupArn(names.pools.spot), groupArn(names.pools["on-demand"])];
    const actions = ["autoscaling:TerminateInstanceInAutoScalingGroup"];
    Grant.addToPrincipal({ grantee, actions, resourceArns: groups });
    acceptWildcards(
      grantee,
      groups,
      "The id within the ARN of a group is made by the service; the name after it is ours.",
    );
  }
}

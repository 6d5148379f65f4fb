/** What computes: network, cluster, the four pools of workers. It stands on the state and may come and go. */
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import { Cluster, ContainerInsights } from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
import { stackOutputs } from "../../services/contract/stacks.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Names } from "../config/names.ts";
import { accept } from "../constructs/accept.ts";
import { ClaudeKey } from "../constructs/claude-key.ts";
import { CpuNet } from "../constructs/cpu-net.ts";
import { FargatePool } from "../constructs/fargate-pool.ts";
import { FleetNetwork } from "../constructs/fleet-network.ts";
import { MachinePool } from "../constructs/machine-pool.ts";
import { NativeScaling } from "../constructs/native-scaling.ts";
import { Prewarm } from "../constructs/prewarm.ts";
import { ServiceLog } from "../constructs/service-log.ts";
import { SpendAlarm } from "../constructs/spend-alarm.ts";
import { workerEnvironment } from "../constructs/worker-environment.ts";
import { workerImage } from "../constructs/worker-image.ts";
import { WorkerRole } from "../constructs/worker-role.ts";
import type { StateStack } from "./state.ts";

/** The fleet of a deployment, and the state that it works on. */
export type FleetStackProps = StackProps & {
  readonly deployment: Deployment;
  readonly state: StateStack;
  readonly names: Names;
};

export class FleetStack extends Stack {
  readonly cluster: Cluster;
  readonly network: FleetNetwork;
  readonly machines: Readonly<Record<"spot" | "onDemand", MachinePool>>;
  readonly tasks: Readonly<Record<"fargateSpot" | "fargate", FargatePool>>;

  constructor(scope: Construct, id: string, { deployment, state, names, ...props }: FleetStackProps) {
    super(scope, id, props);
    this.network = new FleetNetwork(this, "Network", deployment.network);
    this.cluster = new Cluster(this, "Cluster", {
      clusterName: names.cluster,
      vpc: this.network.vpc,
      enableFargateCapacityProviders: true,
      // Priced by observation: with hundreds of machines it can cost more than they do. Our own metrics are few.
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    accept(this.cluster, {
      ECS4: "Container Insights is priced by observation; the fleet's own metrics say what it would.",
    });
    const key = new ClaudeKey(this, "ClaudeKey", deployment.claude.secretName);
    const onMachines = new WorkerRole(this, "Worker", { state, key, names, on: "machines" });
    const onFargate = new WorkerRole(this, "TaskWorker", { state, key, names, on: "fargate" });
    const { logGroup } = new ServiceLog(this, "WorkerLog", { deployment, log: "worker" });
    const environment = workerEnvironment(this, { deployment, state, key });
    const container = { image: workerImage(this, deployment.worker.image), logGroup, environment };
    const shared = { cluster: this.cluster, network: this.network, container, names: names.pools };
    const machine = { ...shared, taskRole: onMachines.role };
    const task = { ...shared, taskRole: onFargate.role };
    const { pools } = deployment;
    this.machines = {
      spot: new MachinePool(this, "Spot", { ...machine, pool: "spot", size: pools.spot }),
      onDemand: new MachinePool(this, "OnDemand", { ...machine, pool: "on-demand", size: pools.onDemand }),
    };
    this.tasks = {
      fargateSpot: new FargatePool(this, "FargateSpot", { ...task, pool: "fargate-spot" }),
      fargate: new FargatePool(this, "Fargate", { ...task, pool: "fargate" }),
    };
    this.scaleNatively(deployment, state);
    new SpendAlarm(this, "Spend", deployment);
    this.tell(deployment, key);
  }

  /** For `muster doctor`. The image is that of the tasks, as CloudFormation will name it. */
  private tell({ pools }: Deployment, key: ClaudeKey): void {
    const { claudeSecret, cluster, workerImage: image, bounds } = stackOutputs.Fleet;
    const container = this.machines.spot.service.taskDefinition.defaultContainer;
    new CfnOutput(this, claudeSecret, {
      value: key.secret.secretArn,
      description: "Put the key of the Claude API here",
    });
    new CfnOutput(this, cluster, { value: this.cluster.clusterName });
    if (container !== undefined) new CfnOutput(this, image, { value: container.imageName });
    new CfnOutput(this, bounds, { value: JSON.stringify(pools) });
  }

  private scaleNatively(deployment: Deployment, state: StateStack): void {
    new NativeScaling(this, "NativeScaling", {
      deployment,
      queues: state.queues,
      machines: this.machines.spot,
      tasks: this.tasks.fargateSpot,
      clusterName: this.cluster.clusterName,
    });
    new Prewarm(this, "Prewarm", { deployment, machines: this.machines.spot });
    new CpuNet(this, "SpotCpu", this.machines.spot);
    new CpuNet(this, "OnDemandCpu", this.machines.onDemand);
  }
}

/** A pool of Fargate tasks: bought by the second, started in about half a minute, for bursts. */
import {
  CfnService,
  type Cluster,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  OperatingSystemFamily,
} from "aws-cdk-lib/aws-ecs";
import type { IRole } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { Names } from "../config/names.ts";
import type { FleetNetwork } from "./fleet-network.ts";
import { addWorkerContainer, type WorkerContainerProps } from "./worker-container.ts";

/** Size of a task. */
const CPU = 1_024;
const MEMORY_MIB = 2_048;
/** The part of its memory that a task is planned with (the specification's right-sizing). */
const SOFT_SHARE = 0.7;

/** Which Fargate, where, and what. */
export type FargatePoolProps = {
  readonly pool: "fargate" | "fargate-spot";
  readonly cluster: Cluster;
  readonly network: FleetNetwork;
  readonly container: WorkerContainerProps;
  readonly taskRole: IRole;
  readonly names: Names["pools"];
};

/**
 * A service that the controller sizes: its desired count is not in the template, so that a deployment never scales. ECS does
 * not fall back from Spot by itself, therefore each kind is a service of its own.
 */
export class FargatePool extends Construct {
  readonly service: FargateService;
  readonly task: FargateTaskDefinition;

  constructor(scope: Construct, id: string, { pool, cluster, network, container, taskRole, names }: FargatePoolProps) {
    super(scope, id);
    this.task = new FargateTaskDefinition(this, "Task", {
      cpu: CPU,
      memoryLimitMiB: MEMORY_MIB,
      taskRole,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    const memory = { softMiB: Math.floor(MEMORY_MIB * SOFT_SHARE), hardMiB: MEMORY_MIB };
    addWorkerContainer(this.task, container, { pool, memory });
    this.service = new FargateService(this, "Service", {
      serviceName: names[pool],
      cluster,
      taskDefinition: this.task,
      capacityProviderStrategies: [{ capacityProvider: pool === "fargate" ? "FARGATE" : "FARGATE_SPOT", weight: 1 }],
      // A deployment may stop all old workers at once: they drain, and their runs go on in the new ones.
      minHealthyPercent: 0,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      vpcSubnets: { subnets: [...network.subnets] },
      assignPublicIp: network.publicAddresses,
      securityGroups: [network.securityGroup],
      enableExecuteCommand: false,
    });
    // Left out, a new service begins with one task, which the controller lets go; after that the number is the controller's alone.
    const service = this.service.node.defaultChild;
    if (service instanceof CfnService) service.addPropertyDeletionOverride("DesiredCount");
    // Else the service can be made before the cluster knows its capacity providers, and outlive them when it is destroyed.
    this.service.node.addDependency(cluster);
  }
}

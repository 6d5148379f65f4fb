/** A pool of EC2 machines: one Auto Scaling group, its capacity provider, and one worker task on each machine. */
import { Duration } from "aws-cdk-lib";
import {
  AutoScalingGroup,
  CfnLifecycleHook,
  OnDemandAllocationStrategy,
  SpotAllocationStrategy,
} from "aws-cdk-lib/aws-autoscaling";
import { InstanceType } from "aws-cdk-lib/aws-ec2";
import {
  AsgCapacityProvider,
  CfnCapacityProvider,
  CfnService,
  type Cluster,
  Ec2Service,
  Ec2TaskDefinition,
  NetworkMode,
  PlacementConstraint,
} from "aws-cdk-lib/aws-ecs";
import type { IRole } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { PoolSize } from "../../services/contract/profiles.ts";
import type { Names } from "../config/names.ts";
import { accept } from "./accept.ts";
import type { FleetNetwork } from "./fleet-network.ts";
import { INSTANCE_FILE, MachineTemplate } from "./machine-template.ts";
import { addWorkerContainer, type WorkerContainerProps } from "./worker-container.ts";

/**
 * The nine Graviton types of the specification. On-Demand takes the first that is to be had, so the one with the cheapest vCPU
 * and enough of them stands first; Spot takes what is cheap and unlikely to be taken back.
 */
export const MACHINE_TYPES = [
  "c6g.2xlarge",
  "c6g.xlarge",
  "c6g.4xlarge",
  "m6g.2xlarge",
  "m6g.xlarge",
  "m6g.4xlarge",
  "r6g.2xlarge",
  "r6g.xlarge",
  "r6g.large",
] as const;

/** A machine has booted, joined the cluster and started its worker by then. */
const WARM_UP = Duration.seconds(45);
/** What a worker may take to leave after SIGTERM, and a minute. The hook that ECS makes by itself would wait for an hour. */
const DRAIN = Duration.seconds(180);
const DRAIN_HOOK = "ecs-managed-draining-termination-hook";
/** So small that the task fits everywhere: there is one on each machine, and it may use what it finds. */
const RESERVED_MIB = 256;

/** Which machines, how many, where, and what runs on them. */
export type MachinePoolProps = {
  readonly pool: "spot" | "on-demand";
  readonly size: PoolSize;
  readonly cluster: Cluster;
  readonly network: FleetNetwork;
  readonly container: WorkerContainerProps;
  readonly taskRole: IRole;
  readonly names: Names["pools"];
};

/**
 * The group never chooses a machine to end (new ones are protected); whoever ends one drains it first. The number of
 * machines is not in the template, so that a deployment never scales. Managed scaling is off: the controller counts machines.
 */
export class MachinePool extends Construct {
  readonly group: AutoScalingGroup;
  readonly service: Ec2Service;

  constructor(scope: Construct, id: string, props: MachinePoolProps) {
    super(scope, id);
    this.group = this.makeGroup(props);
    this.service = this.makeService(props);
  }

  private makeGroup({ pool, size, cluster, network, names }: MachinePoolProps): AutoScalingGroup {
    const { template } = new MachineTemplate(this, "Machine", { pool, network });
    const spot = pool === "spot";
    const group = new AutoScalingGroup(this, "Group", {
      autoScalingGroupName: names[pool],
      vpc: network.vpc,
      vpcSubnets: { subnets: [...network.subnets] },
      minCapacity: size.min,
      maxCapacity: size.max,
      newInstancesProtectedFromScaleIn: true,
      capacityRebalance: false,
      defaultInstanceWarmup: WARM_UP,
      mixedInstancesPolicy: {
        launchTemplate: template,
        launchTemplateOverrides: MACHINE_TYPES.map((type) => ({ instanceType: new InstanceType(type) })),
        instancesDistribution: {
          onDemandBaseCapacity: 0,
          onDemandPercentageAboveBaseCapacity: spot ? 0 : 100,
          ...(spot
            ? { spotAllocationStrategy: SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED }
            : { onDemandAllocationStrategy: OnDemandAllocationStrategy.PRIORITIZED }),
        },
      },
    });
    accept(group, {
      AS3: "Scaling is told by the controller's own events and an alarm; a mail for each of hundreds of machines tells nobody anything.",
      EC26: "The rule cannot read a launch template; its disk is encrypted, which a test checks.",
    });
    new CfnLifecycleHook(this, "DrainHook", {
      autoScalingGroupName: group.autoScalingGroupName,
      lifecycleHookName: DRAIN_HOOK,
      lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
      heartbeatTimeout: DRAIN.toSeconds(),
      defaultResult: "CONTINUE",
    });
    // Draining must be asked for: left out, the CDK adds a drain function of its own beside that of ECS.
    const provider = new AsgCapacityProvider(this, "Provider", {
      autoScalingGroup: group,
      enableManagedScaling: false,
      enableManagedTerminationProtection: false,
      enableManagedDraining: true,
    });
    const made = provider.node.findAll().find((one) => one instanceof CfnCapacityProvider);
    // Said, not left to the service's default: the CDK leaves a disabled setting out.
    made?.addPropertyOverride("AutoScalingGroupProvider.ManagedScaling", { Status: "DISABLED" });
    cluster.addAsgCapacityProvider(provider);
    return group;
  }

  private makeService({ pool, cluster, container, taskRole, names }: MachinePoolProps): Ec2Service {
    const task = new Ec2TaskDefinition(this, "Task", {
      networkMode: NetworkMode.BRIDGE,
      taskRole,
      volumes: [{ name: "instance", host: { sourcePath: INSTANCE_FILE.folder } }],
    });
    const environment = { ...container.environment, MUSTER_INSTANCE_FILE: INSTANCE_FILE.path };
    addWorkerContainer(task, { ...container, environment }, { pool, memory: { softMiB: RESERVED_MIB } }).addMountPoints(
      {
        sourceVolume: "instance",
        containerPath: INSTANCE_FILE.folder,
        readOnly: true,
      },
    );
    const service = new Ec2Service(this, "Service", {
      serviceName: names[pool],
      cluster,
      taskDefinition: task,
      daemon: true,
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
      placementConstraints: [PlacementConstraint.memberOf(`attribute:pool == ${pool}`)],
      circuitBreaker: { enable: true, rollback: true },
      enableExecuteCommand: false,
    });
    const made = service.node.defaultChild;
    if (made instanceof CfnService) made.launchType = "EC2";
    // Else the service can be made before the cluster knows its capacity providers, and outlive them when it is destroyed.
    service.node.addDependency(cluster);
    return service;
  }
}

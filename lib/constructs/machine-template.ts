/** How a machine of a pool boots: image, disk, what the ECS agent is told, and what a task may learn of its machine. */
import { BlockDeviceVolume, EbsDeviceVolumeType, InstanceType, LaunchTemplate, UserData } from "aws-cdk-lib/aws-ec2";
import { AmiHardwareType, EcsOptimizedImage } from "aws-cdk-lib/aws-ecs";
import { ManagedPolicy, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { accept } from "./accept.ts";
import type { FleetNetwork } from "./fleet-network.ts";

/** Where a machine writes its id for the worker on it: tasks cannot reach the metadata service. */
export const INSTANCE_FILE = { folder: "/etc/muster", path: "/etc/muster/instance-id" } as const;

/** Enough for the system, the agent and a few versions of the image. */
const DISK_GIB = 30;
/** Stop time of the agent, a little above that of the container. */
const AGENT_STOP = "115s";

/** What AWS lets the ECS agent do. */
const AGENT_POLICY = "service-role/AmazonEC2ContainerServiceforEC2Role";

const METADATA = "http://169.254.169.254/latest";

/** Shell lines of the first boot. */
function bootOf(pool: string): UserData {
  const settings = [
    `ECS_INSTANCE_ATTRIBUTES={"pool":"${pool}"}`,
    // Off by default, and the CDK leaves it out for groups with several types.
    "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
    `ECS_CONTAINER_STOP_TIMEOUT=${AGENT_STOP}`,
    "ECS_IMAGE_PULL_BEHAVIOR=prefer-cached",
    "ECS_DISABLE_PRIVILEGED=true",
  ];
  const boot = UserData.forLinux();
  boot.addCommands(
    "set -e",
    `mkdir -p ${INSTANCE_FILE.folder}`,
    `token=$(curl -sf -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" ${METADATA}/api/token)`,
    `curl -sf -H "X-aws-ec2-metadata-token: $token" ${METADATA}/meta-data/instance-id > ${INSTANCE_FILE.path}`,
    ...settings.map((line) => `echo '${line}' >> /etc/ecs/ecs.config`),
  );
  return boot;
}

/**
 * Metadata by session token only, and not beyond the machine itself: an agent's tools cannot take the machine's role, which
 * in turn may do nothing but serve ECS.
 */
export class MachineTemplate extends Construct {
  readonly template: LaunchTemplate;

  constructor(
    scope: Construct,
    id: string,
    { pool, network }: { readonly pool: "spot" | "on-demand"; readonly network: FleetNetwork },
  ) {
    super(scope, id);
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("ec2.amazonaws.com"),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(AGENT_POLICY)],
    });
    accept(role, {
      [`IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${AGENT_POLICY}]`]:
        "The policy that AWS keeps for the ECS agent changes with the agent; a copy would age.",
      "IAM5[Resource::*]":
        "Written by the CDK for the ECS agent: finding its endpoint and signing in to ECR name no resource.",
      "IAM5[Action::ecs:Submit*]":
        "Written by the CDK for the ECS agent, limited to the cluster: it reports the states of its tasks.",
    });
    this.template = new LaunchTemplate(this, "Template", {
      role,
      machineImage: EcsOptimizedImage.amazonLinux2023(AmiHardwareType.ARM),
      // One of the group's types; the group names all of them.
      instanceType: new InstanceType("c6g.2xlarge"),
      userData: bootOf(pool),
      securityGroup: network.securityGroup,
      associatePublicIpAddress: network.publicAddresses,
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: false,
      blockDevices: [
        {
          deviceName: "/dev/xvda",
          volume: BlockDeviceVolume.ebs(DISK_GIB, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
    });
  }
}

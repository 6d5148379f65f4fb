/** Part 4: the machines and tasks that workers run on. */
import { ABSENT, type Property } from "./property.ts";

const TYPES =
  /c6g\.2xlarge.*c6g\.xlarge.*c6g\.4xlarge.*m6g\.2xlarge.*m6g\.xlarge.*m6g\.4xlarge.*r6g\.2xlarge.*r6g\.xlarge.*r6g\.large/;
const container = {
  "Properties.ContainerDefinitions.0.ReadonlyRootFilesystem": true,
  "Properties.ContainerDefinitions.0.Privileged": false,
  "Properties.ContainerDefinitions.0.Essential": true,
  "Properties.ContainerDefinitions.0.Image": "example.com/worker:1",
  "Properties.ContainerDefinitions.0.LogConfiguration.Options.mode": "non-blocking",
  "Properties.ContainerDefinitions.0.Secrets": ABSENT,
  "Properties.TaskRoleArn": /WorkerRole/,
};
const breaker = { Enable: true, Rollback: true };

const groupOf = (
  pool: "spot" | "on-demand",
  id: string,
  [onDemandShare, min, max]: readonly [number, string, string],
): Property[] => [
  {
    ...{ text: `the ${pool} group: bounds, no number of machines, protected, nine types, three zones` },
    ...{ stack: "fleet", type: "AWS::AutoScaling::AutoScalingGroup", where: `"AutoScalingGroupName":"muster-${pool}"` },
    has: {
      "Properties.MinSize": min,
      "Properties.MaxSize": max,
      "Properties.DesiredCapacity": ABSENT,
      "Properties.NewInstancesProtectedFromScaleIn": true,
      "Properties.CapacityRebalance": false,
      "Properties.DefaultInstanceWarmup": 45,
      "Properties.MixedInstancesPolicy.LaunchTemplate.Overrides": TYPES,
      "Properties.MixedInstancesPolicy.InstancesDistribution.OnDemandBaseCapacity": 0,
      "Properties.MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity": onDemandShare,
      "Properties.VPCZoneIdentifier": /Subnet1.*Subnet2.*Subnet3/,
      "UpdatePolicy.AutoScalingScheduledAction.IgnoreUnmodifiedGroupSizeProperties": true,
    },
  },
  {
    ...{ text: `a ${pool} machine: metadata by token and one hop, encrypted disk, settings of the agent` },
    ...{ stack: "fleet", type: "AWS::EC2::LaunchTemplate", where: `${id}MachineTemplate` },
    has: {
      "Properties.LaunchTemplateData.MetadataOptions.HttpTokens": "required",
      "Properties.LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit": 1,
      "Properties.LaunchTemplateData.BlockDeviceMappings.0.Ebs.Encrypted": true,
      "Properties.LaunchTemplateData.BlockDeviceMappings.0.Ebs.VolumeType": "gp3",
      "Properties.LaunchTemplateData.ImageId": /amazonlinux2023arm64/,
      "Properties.LaunchTemplateData.UserData": [
        new RegExp(`\\{\\\\"pool\\\\":\\\\"${pool}\\\\"\\}`),
        /ECS_ENABLE_SPOT_INSTANCE_DRAINING=true/,
        /ECS_CONTAINER_STOP_TIMEOUT=115s/,
        /ECS_IMAGE_PULL_BEHAVIOR=prefer-cached/,
        /ECS_DISABLE_PRIVILEGED=true/,
        /ECS_CLUSTER=/,
        /latest\/meta-data\/instance-id > \/etc\/muster\/instance-id/,
      ],
    },
  },
];

const workOf = (pool: "spot" | "on-demand", id: string): Property[] => [
  {
    ...{ text: `the ${pool} capacity provider: drained by ECS, not scaled by it`, stack: "fleet" },
    ...{ type: "AWS::ECS::CapacityProvider", where: `${id}Provider` },
    has: {
      "Properties.AutoScalingGroupProvider.ManagedScaling.Status": "DISABLED",
      "Properties.AutoScalingGroupProvider.ManagedDraining": "ENABLED",
      "Properties.AutoScalingGroupProvider.ManagedTerminationProtection": "DISABLED",
      "Properties.AutoScalingGroupProvider.AutoScalingGroupArn.Ref": new RegExp(`^"${id}Group`),
    },
  },
  {
    ...{ text: `a ${pool} machine waits three minutes for its worker`, stack: "fleet" },
    ...{ type: "AWS::AutoScaling::LifecycleHook", where: `${id}DrainHook` },
    has: {
      "Properties.LifecycleHookName": "ecs-managed-draining-termination-hook",
      "Properties.LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
      "Properties.HeartbeatTimeout": 180,
      "Properties.DefaultResult": "CONTINUE",
    },
  },
  {
    ...{ text: `the ${pool} service: one task on each of its machines`, stack: "fleet", type: "AWS::ECS::Service" },
    where: `"ServiceName":"muster-${pool}"`,
    has: {
      "Properties.SchedulingStrategy": "DAEMON",
      "Properties.LaunchType": "EC2",
      "Properties.CapacityProviderStrategy": ABSENT,
      "Properties.PlacementStrategies": ABSENT,
      "Properties.PlacementConstraints": [{ Expression: `attribute:pool == ${pool}`, Type: "memberOf" }],
      "Properties.DeploymentConfiguration.MinimumHealthyPercent": 0,
      "Properties.DeploymentConfiguration.MaximumPercent": 100,
      "Properties.DeploymentConfiguration.DeploymentCircuitBreaker": breaker,
      "Properties.EnableExecuteCommand": false,
      DependsOn: /"Cluster[0-9A-F]{8}".*"ClusterEB/,
    },
  },
  {
    ...{ text: `the ${pool} task: reserves little, no hard limit, hears SIGTERM in time`, stack: "fleet" },
    ...{ type: "AWS::ECS::TaskDefinition", where: `{"Name":"MUSTER_POOL","Value":"${pool}"}` },
    has: {
      ...container,
      "Properties.NetworkMode": "bridge",
      "Properties.ContainerDefinitions.0.MemoryReservation": 256,
      "Properties.ContainerDefinitions.0.Memory": ABSENT,
      "Properties.ContainerDefinitions.0.StopTimeout": 110,
      "Properties.ContainerDefinitions.0.MountPoints.0.ReadOnly": true,
      "Properties.ContainerDefinitions.0.Environment": /"MUSTER_INSTANCE_FILE","Value":"\/etc\/muster\/instance-id"/,
    },
  },
];

const tasks = (pool: "fargate" | "fargate-spot", provider: string): Property[] => [
  {
    ...{
      text: `the ${pool} service: one kind of capacity, no number of tasks`,
      stack: "fleet",
      type: "AWS::ECS::Service",
    },
    where: `"ServiceName":"muster-${pool}"`,
    has: {
      "Properties.CapacityProviderStrategy": [{ CapacityProvider: provider, Weight: 1 }],
      "Properties.LaunchType": ABSENT,
      "Properties.DesiredCount": ABSENT,
      "Properties.DeploymentConfiguration.MinimumHealthyPercent": 0,
      "Properties.DeploymentConfiguration.DeploymentCircuitBreaker": breaker,
      "Properties.EnableExecuteCommand": false,
      "Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets": /Subnet1.*Subnet2.*Subnet3/,
      "Properties.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups": /NetworkWorkers/,
    },
  },
  {
    ...{ text: `the ${pool} task: Graviton, planned with 70 % of its memory, two minutes to leave`, stack: "fleet" },
    ...{ type: "AWS::ECS::TaskDefinition", where: `{"Name":"MUSTER_POOL","Value":"${pool}"}` },
    has: {
      ...container,
      "Properties.RuntimePlatform.CpuArchitecture": "ARM64",
      "Properties.Cpu": "1024",
      "Properties.Memory": "2048",
      "Properties.ContainerDefinitions.0.Memory": 2048,
      "Properties.ContainerDefinitions.0.MemoryReservation": 1433,
      "Properties.ContainerDefinitions.0.StopTimeout": 120,
    },
  },
];

export const fleetProperties: readonly Property[] = [
  ...groupOf("spot", "Spot", [0, "0", "200"]),
  ...workOf("spot", "Spot"),
  ...groupOf("on-demand", "OnDemand", [100, "30", "50"]),
  ...workOf("on-demand", "OnDemand"),
  {
    ...{ text: "Spot is bought where it is cheap and unlikely to be taken back", stack: "fleet" },
    ...{ type: "AWS::AutoScaling::AutoScalingGroup", where: '"AutoScalingGroupName":"muster-spot"' },
    has: {
      "Properties.MixedInstancesPolicy.InstancesDistribution.SpotAllocationStrategy": "price-capacity-optimized",
    },
  },
  ...tasks("fargate-spot", "FARGATE_SPOT"),
  ...tasks("fargate", "FARGATE"),
  {
    ...{ text: "the cluster knows all four kinds of capacity, and prefers none", stack: "fleet" },
    type: "AWS::ECS::ClusterCapacityProviderAssociations",
    has: {
      "Properties.CapacityProviders": /FARGATE.*FARGATE_SPOT.*SpotProvider.*OnDemandProvider/,
      "Properties.DefaultCapacityProviderStrategy": [],
    },
  },
  {
    ...{ text: "no Container Insights: they cost more than the rest of an idle fleet", stack: "fleet" },
    ...{ type: "AWS::ECS::Cluster", has: { "Properties.ClusterSettings.0.Value": "disabled" } },
  },
];

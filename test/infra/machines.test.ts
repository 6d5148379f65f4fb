/** The EC2 pools: each setting that the facts demand, so that taking one away is seen. */
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { templatesOf } from "./synth.ts";

const { fleet } = templatesOf({ profile: "surge" });
const trial = templatesOf().fleet;

/** The one resource of a type that a predicate picks, as text too: intrinsic functions are part of it. */
function find(type: string, pick: (text: string) => boolean) {
  const found = Object.entries(fleet.findResources(type)).filter(([id, one]) => pick(id + JSON.stringify(one)));
  expect(found).toHaveLength(1);
  return JSON.stringify(found[0]?.[1]);
}

describe.each([
  { pool: "spot", onDemand: 0, size: { MinSize: "0", MaxSize: "200" } },
  { pool: "on-demand", onDemand: 100, size: { MinSize: "30", MaxSize: "50" } },
])("the $pool group", ({ pool, onDemand, size }) => {
  const named = { AutoScalingGroupName: `muster-${pool}` };

  test("has the profile's bounds, and no number of machines: a deployment never scales", () => {
    fleet.hasResourceProperties("AWS::AutoScaling::AutoScalingGroup", {
      ...named,
      ...size,
      DesiredCapacity: Match.absent(),
      NewInstancesProtectedFromScaleIn: true,
      CapacityRebalance: false,
    });
  });

  test("is of one kind, over the nine types of the specification", () => {
    const types =
      "c6g.xlarge c6g.2xlarge c6g.4xlarge m6g.xlarge m6g.2xlarge m6g.4xlarge r6g.large r6g.xlarge r6g.2xlarge";
    const overrides = z
      .object({
        Properties: z.object({
          MixedInstancesPolicy: z.object({
            LaunchTemplate: z.object({ Overrides: z.array(z.object({ InstanceType: z.string() })) }),
          }),
        }),
      })
      .parse(JSON.parse(find("AWS::AutoScaling::AutoScalingGroup", (text) => text.includes(`"muster-${pool}"`))));
    const listed = overrides.Properties.MixedInstancesPolicy.LaunchTemplate.Overrides.map(
      ({ InstanceType }) => InstanceType,
    );
    expect(listed.sort()).toEqual(types.split(" ").sort());
    fleet.hasResourceProperties("AWS::AutoScaling::AutoScalingGroup", {
      ...named,
      MixedInstancesPolicy: {
        InstancesDistribution: {
          OnDemandBaseCapacity: 0,
          OnDemandPercentageAboveBaseCapacity: onDemand,
          ...(onDemand === 0 ? { SpotAllocationStrategy: "price-capacity-optimized" } : {}),
        },
      },
    });
  });

  test("lies in three zones, which nobody had to look up", () => {
    const text = find("AWS::AutoScaling::AutoScalingGroup", (one) => one.includes(`"muster-${pool}"`));
    expect(text.match(/PublicSubnet\d/gi)?.length).toBeGreaterThanOrEqual(3);
  });

  test("boots with metadata by token only, one hop, an encrypted disk and the settings of the agent", () => {
    const template = find("AWS::EC2::LaunchTemplate", (text) =>
      text.includes(JSON.stringify(`{"pool":"${pool}"}`).slice(1, -1)),
    );
    expect(template).toContain('"HttpTokens":"required"');
    expect(template).toContain('"HttpPutResponseHopLimit":1');
    expect(template).toContain('"Encrypted":true');
    for (const line of [
      "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true",
      "ECS_IMAGE_PULL_BEHAVIOR=prefer-cached",
      "ECS_CONTAINER_STOP_TIMEOUT=115s",
      "/etc/muster/instance-id",
      "ECS_CLUSTER=",
    ])
      expect(template).toContain(line);
  });

  test("is drained by ECS within minutes, not scaled by it", () => {
    fleet.hasResourceProperties("AWS::ECS::CapacityProvider", {
      AutoScalingGroupProvider: {
        AutoScalingGroupArn: Match.anyValue(),
        ManagedScaling: Match.objectLike({ Status: "DISABLED" }),
        ManagedTerminationProtection: "DISABLED",
        ManagedDraining: "ENABLED",
      },
    });
    fleet.hasResourceProperties("AWS::AutoScaling::LifecycleHook", {
      LifecycleHookName: "ecs-managed-draining-termination-hook",
      HeartbeatTimeout: 180,
      DefaultResult: "CONTINUE",
    });
    // The CDK's own drain function comes when managed draining is left out.
    expect(JSON.stringify(fleet.findResources("AWS::Lambda::Function"))).not.toContain("python");
  });

  test("runs one task on each of its machines", () => {
    fleet.hasResourceProperties("AWS::ECS::Service", {
      ServiceName: `muster-${pool}`,
      SchedulingStrategy: "DAEMON",
      LaunchType: "EC2",
      CapacityProviderStrategy: Match.absent(),
      PlacementStrategies: Match.absent(),
      PlacementConstraints: [{ Type: "memberOf", Expression: `attribute:pool == ${pool}` }],
      DeploymentConfiguration: Match.objectLike({ MinimumHealthyPercent: 0, MaximumPercent: 100 }),
      EnableExecuteCommand: false,
    });
  });

  test("the task reserves little, has no hard limit, and hears SIGTERM in time", () => {
    fleet.hasResourceProperties("AWS::ECS::TaskDefinition", {
      NetworkMode: "bridge",
      ContainerDefinitions: [
        Match.objectLike({
          MemoryReservation: 256,
          Memory: Match.absent(),
          StopTimeout: 110,
          ReadonlyRootFilesystem: true,
          Privileged: false,
          Environment: Match.arrayWith([
            { Name: "MUSTER_INSTANCE_FILE", Value: "/etc/muster/instance-id" },
            { Name: "MUSTER_POOL", Value: pool },
            { Name: "MUSTER_STOP_TIMEOUT_MS", Value: "110000" },
          ]),
          MountPoints: [{ SourceVolume: "instance", ContainerPath: "/etc/muster", ReadOnly: true }],
        }),
      ],
    });
  });
});

test("services wait for the cluster's capacity providers, and are destroyed before them", () => {
  const services = Object.values(fleet.findResources("AWS::ECS::Service"));
  const associations = Object.keys(fleet.findResources("AWS::ECS::ClusterCapacityProviderAssociations"));
  expect(services).toHaveLength(4);
  expect(associations).toHaveLength(1);
  for (const service of services) expect(service.DependsOn).toEqual(expect.arrayContaining(associations));
});

test("a machine's role serves the ECS agent and nothing else", () => {
  for (const [id, { Properties }] of Object.entries(fleet.findResources("AWS::IAM::Role"))) {
    if (!JSON.stringify(Properties.AssumeRolePolicyDocument).includes("ec2.")) continue;
    expect(JSON.stringify(Properties.ManagedPolicyArns), id).toContain("AmazonEC2ContainerServiceforEC2Role");
    const policies = Object.values(fleet.findResources("AWS::IAM::Policy")).filter((one) =>
      JSON.stringify(one.Properties.Roles).includes(id),
    );
    for (const policy of policies)
      expect(JSON.stringify(policy)).not.toMatch(/"(dynamodb|s3|sqs|secretsmanager|autoscaling|iam):/);
  }
});

test("nothing may come in", () => {
  for (const { Properties } of Object.values(fleet.findResources("AWS::EC2::SecurityGroup")))
    expect(Properties.SecurityGroupIngress ?? []).toEqual([]);
  fleet.resourceCountIs("AWS::EC2::SecurityGroupIngress", 0);
});

test("a trial has the same pools, empty", () => {
  for (const [pool, max] of [
    ["spot", "6"],
    ["on-demand", "2"],
  ] as const)
    trial.hasResourceProperties("AWS::AutoScaling::AutoScalingGroup", {
      AutoScalingGroupName: `muster-${pool}`,
      MinSize: "0",
      MaxSize: max,
    });
  trial.resourceCountIs("AWS::EC2::NatGateway", 0);
});

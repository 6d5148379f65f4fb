/**
 * Auto Scaling and ECS over the wire: the synthesised fleet, made by the endpoint that has these services, and what controller and
 * supervisor ask of it there. Named after the endpoint. LocalStack's community edition has neither: a moto server stands in for
 * it, found like any other endpoint (`AWS_ENDPOINT_URL_AUTO_SCALING`, `AWS_ENDPOINT_URL_ECS`). What it cannot do is listed here with the
 * reason, and asserted, so that the list is true.
 */
import { randomUUID } from "node:crypto";
import {
  LaunchInstancesCommand,
  SetInstanceProtectionCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { awsCapacity } from "../../services/adapters/aws/capacity/aws-capacity.ts";
import { ownInstance } from "../../services/adapters/aws/own-machine.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { machineId, type PoolTarget, type SeenPool } from "../../services/contract/capacity.ts";
import { type PoolSettings, poolSettings } from "../../services/contract/pool-settings.ts";
import { stackName } from "../../services/contract/stacks.ts";
import { capacityContract } from "../contract/capacity.contract.ts";
import { eventually } from "../support/eventually.ts";
import { fleetOnWire } from "../support/fleet-on-wire.ts";
import { launchRelay } from "../support/launch-relay.ts";
import { type StackTemplate, templatesOfApp } from "../support/templates-of-app.ts";
import { withoutTypes } from "../support/without-types.ts";

const endpoint = process.env.AWS_ENDPOINT_URL_AUTO_SCALING ?? "";
const region = process.env.AWS_REGION ?? "us-east-1";
const ALL_MS = 900_000;
const DEPLOY_MS = 60_000;

/** What moto's CloudFormation cannot make of the fleet. Those that it passes over in silence are taken out: a fake tells nothing. */
const CANNOT: Readonly<Record<string, string>> = {
  "AWS::ApplicationAutoScaling::": "passed over in silence; native scaling is asserted on the template",
  "AWS::AutoScaling::LifecycleHook": "passed over in silence; asserted on the template",
  "AWS::AutoScaling::ScalingPolicy": "passed over in silence; asserted on the template",
  "AWS::AutoScaling::ScheduledAction": "passed over in silence; here the group is told its minimum as a schedule would",
  "AWS::CloudWatch::Alarm": "passed over in silence; the stacks' test makes it on LocalStack",
  "AWS::EC2::FlowLog": "needs the log group's role as AWS makes it",
  "AWS::ECS::CapacityProvider": "passed over in silence; asserted on the template",
  "AWS::ECS::ClusterCapacityProviderAssociations": "no provider of this type",
  "AWS::IAM::Policy": "policies name secrets and logs that are not made; roles are asserted on the template",
  "AWS::Lambda::Function": "functions need Docker",
  "AWS::Logs::LogGroup": "policies alone speak of it",
  "AWS::SecretsManager::Secret": "no provider of this type",
  "Custom::VpcRestrictDefaultSG": "a function of the CDK makes it",
};

/** Bounds that the contract suite of capacity asks for, in both kinds of pools. */
const file = {
  profile: "small",
  keeping: "dispose",
  worker: { image: "example.com/worker:1" },
  pools: {
    spot: { min: 1, max: 5 },
    onDemand: { min: 0, max: 2 },
    fargateSpot: { min: 0, max: 0 },
    fargate: { min: 1, max: 5 },
  },
};

/** The parameter that names the machine image of the day is AWS's own. */
function ready(template: StackTemplate): string {
  const { body } = withoutTypes(template, Object.keys(CANNOT));
  const image = Object.keys(
    z.looseObject({ Parameters: z.record(z.string(), z.unknown()) }).parse(template).Parameters,
  );
  const Parameters = image.map((name) => [name, { Type: "String", Default: "ami-0123456789abcdef0" }] as const);
  return JSON.stringify({ ...JSON.parse(body), Parameters: Object.fromEntries(Parameters) });
}

/** The pools as the controller's function is told of them. */
function poolsOf({ Resources }: StackTemplate): PoolSettings {
  const told = z.object({
    Properties: z.object({ Environment: z.object({ Variables: z.object({ MUSTER_CAPACITY: z.string() }) }) }),
  });
  const [first] = Object.values(Resources).flatMap((one) => told.safeParse(one).data ?? []);
  return poolSettings.parse(JSON.parse(first?.Properties.Environment.Variables.MUSTER_CAPACITY ?? "{}"));
}

const target = (pool: "spot" | "fargate", machines: number, end: string[] = []): PoolTarget => ({
  ...{ pool, machines, cordon: [], drain: [], end: end.map((id) => machineId.parse(id)) },
  because: [{ kind: "first", visible: 1 }],
});
const known = (all: readonly SeenPool[], pool: string) => {
  const found = all.find((one) => one.pool === pool);
  if (found?.kind !== "known") throw new Error(`${pool} is ${JSON.stringify(found)}`);
  return found;
};

describe.skipIf(endpoint === "")(
  `the fleet on ${endpoint || "an endpoint with Auto Scaling (AWS_ENDPOINT_URL_AUTO_SCALING is not set)"}`,
  () => {
    const name = `it-${randomUUID().slice(0, 6)}`;
    const StackName = stackName(name, "Fleet");
    const cloudFormation = new CloudFormationClient({ endpoint, region });
    let template: StackTemplate;
    let pools: PoolSettings;
    let wire: ReturnType<typeof fleetOnWire>;
    let relay: Awaited<ReturnType<typeof launchRelay>>;
    let decisions = 0;
    const by = () => ({ epoch: 1, decision: `d-${name}-${++decisions}`, isMine: async () => true });
    const capacity = (told = pools) => awsCapacity({ region, endpoint: relay.url, pools: told, clock: systemClock });
    const dispose = async () => undefined;

    beforeAll(async () => {
      const { Fleet, Control } = await templatesOfApp({ name, ...file });
      if (Fleet === undefined || Control === undefined) throw new Error("there are a fleet and a controller");
      template = Fleet;
      pools = poolsOf(Control);
      wire = fleetOnWire(pools, region);
      const ecs = process.env.AWS_ENDPOINT_URL_ECS ?? endpoint;
      relay = await launchRelay({ autoScaling: endpoint, ecs, groups: wire.groups });
      closers.push(wire.close, relay.close);
      const Capabilities = ["CAPABILITY_IAM" as const, "CAPABILITY_NAMED_IAM" as const];
      await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: ready(Fleet), Capabilities }));
      await eventually(async () => {
        const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
        if (Stacks?.[0]?.StackStatus !== "CREATE_COMPLETE")
          throw new Error(`${StackName}: ${Stacks?.[0]?.StackStatus}`);
      }, DEPLOY_MS);
    }, ALL_MS);
    beforeEach(() => relay.trouble(undefined));
    const closers: (() => void)[] = [() => cloudFormation.destroy()];
    afterAll(() => {
      for (const close of closers) close();
    });

    test("everything is made but what is known not to be", async () => {
      const { StackResourceSummaries: made = [] } = await cloudFormation.send(
        new ListStackResourcesCommand({ StackName }),
      );
      const { types } = withoutTypes(template, Object.keys(CANNOT));
      const all = Object.values(template.Resources).filter(({ Type }) => !types.includes(Type));
      expect(made.map(({ ResourceType }) => ResourceType).toSorted()).toEqual(all.map(({ Type }) => Type).toSorted());
      for (const { LogicalResourceId: id, PhysicalResourceId: physical } of made) expect(physical, id).toBeTruthy();
      const covers = (one: string) => types.some((type) => (one.endsWith("::") ? type.startsWith(one) : type === one));
      for (const one of Object.keys(CANNOT)) expect(covers(one), one).toBe(true);
    });

    test("the groups are as the template says: nine types, one kind each, protected machines, three zones", async () => {
      for (const [pool, share] of [["spot", 0] as const, ["on-demand", 100] as const]) {
        const group = await wire.group(pool);
        const { LaunchTemplate, InstancesDistribution } = group.MixedInstancesPolicy ?? {};
        expect(LaunchTemplate?.Overrides, pool).toHaveLength(9);
        expect(InstancesDistribution).toMatchObject({
          OnDemandBaseCapacity: 0,
          OnDemandPercentageAboveBaseCapacity: share,
        });
        expect(group.NewInstancesProtectedFromScaleIn).toBe(true);
        expect(group.VPCZoneIdentifier?.split(",")).toHaveLength(3);
      }
    });

    capacityContract("Auto Scaling group over the wire", async () => {
      await wire.oneMachine("spot");
      return { port: capacity(), pool: "spot", dispose, settle: dispose, trouble: relay.trouble };
    });
    capacityContract("ECS service over the wire", async () => {
      await wire.oneTask();
      return { port: capacity(), pool: "fargate", dispose, settle: () => wire.settle() };
    });

    test("a minimum that a schedule raised is the floor at once, and a maximum is never passed", async () => {
      await wire.oneMachine("spot");
      const AutoScalingGroupName = pools.names.spot;
      const bounds = (MinSize: number, MaxSize: number) =>
        wire.groups.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MinSize, MaxSize }));
      try {
        await bounds(3, 4);
        const port = capacity();
        expect(known(await port.observe(), "spot")).toMatchObject({ min: 3, max: 4 });
        await port.act([target("spot", 1)], by());
        expect(known(await port.observe(), "spot").machines).toHaveLength(3);
        await port.act([target("spot", 9)], by());
        expect(known(await port.observe(), "spot").machines).toHaveLength(4);
      } finally {
        await bounds(1, 5);
      }
    });

    test("machines come protected; one that lost its protection has it again after the next act", async () => {
      await wire.oneMachine("spot");
      const port = capacity();
      await port.act([target("spot", 2)], by());
      const protectedOf = async () =>
        ((await wire.group("spot")).Instances ?? []).map((one) => one.ProtectedFromScaleIn);
      expect(await protectedOf()).toEqual([true, true]);
      const InstanceIds = known(await port.observe(), "spot").machines.map(({ id }) => id);
      const input = { AutoScalingGroupName: pools.names.spot, InstanceIds, ProtectedFromScaleIn: false };
      await wire.groups.send(new SetInstanceProtectionCommand(input));
      expect(await protectedOf()).toEqual([false, false]);
      await port.act([target("spot", 2)], by());
      expect(await protectedOf()).toEqual([true, true]);
    });

    test("a machine that nobody needs leaves with its place; one of no group is kept, with the service's word for it", async () => {
      await wire.oneMachine("spot");
      const port = capacity();
      await port.act([target("spot", 2)], by());
      const [first, second] = known(await port.observe(), "spot").machines;
      const leave = (instanceId: string) => ownInstance({ region, endpoint: relay.url, instanceId }).leave();
      expect(await leave(second?.id ?? "")).toEqual({ kind: "leaving" });
      expect(known(await port.observe(), "spot")).toMatchObject({ desired: 1, machines: [{ id: first?.id }] });
      expect(await leave("i-00000000000000000")).toEqual({ kind: "kept", because: expect.any(String) });
    });

    test("a group or a service that is not there is unknown; the others are seen", async () => {
      const names = { ...pools.names, spot: `${name}-nobody`, fargate: `${name}-nobody` };
      const seen = await capacity({ ...pools, names }).observe();
      const kinds = Object.fromEntries(seen.map(({ pool, kind }) => [pool, kind]));
      expect(kinds).toMatchObject({ spot: "unknown", fargate: "unknown", "on-demand": "known" });
    });

    test("a launch goes over the wire as AWS documents it; where the action is not known the group is told a number", async () => {
      await wire.oneMachine("spot");
      relay.launches.length = 0;
      const port = capacity();
      await port.act([target("spot", 3)], { epoch: 1, decision: "wired", isMine: async () => true });
      const subnets = (await wire.group("spot")).VPCZoneIdentifier?.split(",") ?? [];
      expect(relay.launches.map((asked) => Object.fromEntries(asked))).toEqual(
        subnets.slice(0, 2).map((subnet) => ({
          ...{ Action: "LaunchInstances", Version: "2011-01-01", AutoScalingGroupName: pools.names.spot },
          ...{ RequestedCapacity: "1", RetryStrategy: "none", "SubnetIds.member.1": subnet },
          ClientToken: `wired-spot-1-${subnet}`,
        })),
      );
      expect(known(await port.observe(), "spot")).toMatchObject({ desired: 3 });
    });

    // The relay plays these answers; where the endpoint has them, this fails and the relay can go.
    test("what the endpoint itself cannot do: launch at once, and say that an instance is of no group", async () => {
      const launch = { AutoScalingGroupName: pools.names.spot, RequestedCapacity: 1, ClientToken: randomUUID() };
      await expect(wire.groups.send(new LaunchInstancesCommand(launch))).rejects.toThrow("parse error");
      const end = { InstanceId: "i-00000000000000000", ShouldDecrementDesiredCapacity: true };
      await expect(wire.groups.send(new TerminateInstanceInAutoScalingGroupCommand(end))).rejects.toThrow(
        "parse error",
      );
    });
  },
);

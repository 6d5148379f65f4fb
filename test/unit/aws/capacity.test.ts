/** Capacity on AWS: the suite of the port on a model of the services, and the shape of each call. */
import {
  DescribeAutoScalingGroupsCommand,
  LaunchInstancesCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { StopTaskCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { awsCapacity } from "../../../services/adapters/aws/capacity/aws-capacity.ts";
import { kindOf } from "../../../services/adapters/aws/capacity/refusal.ts";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { machineId, type PoolTarget } from "../../../services/contract/capacity.ts";
import { capacityContract } from "../../contract/capacity.contract.ts";
import { suiteTimeMs } from "../../contract/fixture.ts";
import {
  autoScaling,
  deployed,
  ecs,
  endPlay,
  groupError,
  playGroup,
  playService,
  SUBNETS,
} from "../../support/aws-groups.ts";

afterAll(endPlay);

const aCapacity = () =>
  awsCapacity({ region: "eu-west-1", endpoint: undefined, pools: deployed, clock: manualClock(suiteTimeMs) });
const dispose = async () => undefined;

capacityContract("Auto Scaling group", async () => {
  playService();
  const { trouble } = playGroup();
  return { port: aCapacity(), pool: "spot", dispose, settle: dispose, trouble };
});
capacityContract("ECS service", async () => {
  playGroup();
  const { settle } = playService();
  return { port: aCapacity(), pool: "fargate", dispose, settle };
});

const by = { epoch: 3, decision: "abc", isMine: async () => true };
const target = (pool: "spot" | "fargate", machines: number, end: string[] = []): PoolTarget => ({
  ...{ pool, machines, cordon: [], drain: [], end: end.map((id) => machineId.parse(id)) },
  because: [{ kind: "first", visible: 1 }],
});

describe("calls", () => {
  let group: ReturnType<typeof playGroup>;
  let service: ReturnType<typeof playService>;
  beforeEach(() => {
    group = playGroup();
    service = playService();
  });
  const inputs = (command: typeof LaunchInstancesCommand) =>
    autoScaling.commandCalls(command).map(({ args }) => args[0].input);

  test("a launch is spread over the zones, each with a token of the decision", async () => {
    await aCapacity().act([target("spot", 5)], by);
    const common = { AutoScalingGroupName: "muster-spot", RetryStrategy: "none" };
    expect(inputs(LaunchInstancesCommand)).toEqual([
      { ...common, RequestedCapacity: 2, SubnetIds: [SUBNETS[0]], ClientToken: "abc-spot-1-subnet-a" },
      { ...common, RequestedCapacity: 1, SubnetIds: [SUBNETS[1]], ClientToken: "abc-spot-1-subnet-b" },
      { ...common, RequestedCapacity: 1, SubnetIds: [SUBNETS[2]], ClientToken: "abc-spot-1-subnet-c" },
    ]);
    expect(autoScaling.commandCalls(SetDesiredCapacityCommand)).toHaveLength(0);
  });

  test("what one zone does not have is asked of those that had all", async () => {
    autoScaling.on(LaunchInstancesCommand, { SubnetIds: ["subnet-b"] }).resolves({
      Instances: [],
      Errors: [{ ErrorCode: "InsufficientInstanceCapacity", ErrorMessage: "none here" }],
    });
    const [outcome] = await aCapacity().act([target("spot", 4)], by);
    expect(outcome).toEqual({ pool: "spot", outcome: { kind: "done" } });
    expect(inputs(LaunchInstancesCommand).map(({ ClientToken }) => ClientToken)).toContain("abc-spot-2-subnet-a");
  });

  test.each(["ValidationError", "UnsupportedOperation", "AccessDenied", "UnauthorizedOperation"])(
    "a group that refuses to launch so (%s) is told a number",
    async (name) => {
      autoScaling.on(LaunchInstancesCommand).rejects(groupError(name, "not supported"));
      const [outcome] = await aCapacity().act([target("spot", 3)], by);
      expect(outcome?.outcome).toEqual({ kind: "done" });
      expect(autoScaling.commandCalls(SetDesiredCapacityCommand).map(({ args }) => args[0].input)).toEqual([
        { AutoScalingGroupName: "muster-spot", DesiredCapacity: 3, HonorCooldown: false },
      ]);
    },
  );

  test("a launch that the account's rights in EC2 do not allow is the group's, not a lack of capacity", async () => {
    const Errors = [{ ErrorCode: "UnauthorizedOperation", ErrorMessage: "no right to ec2:CreateFleet" }];
    autoScaling.on(LaunchInstancesCommand).resolves({ Instances: [], Errors });
    const [outcome] = await aCapacity().act([target("spot", 3)], by);
    expect(outcome?.outcome).toEqual({ kind: "done" });
    expect(autoScaling.commandCalls(SetDesiredCapacityCommand)).toHaveLength(1);
  });

  test.each(["MinSize", "MaxSize", "DesiredCapacity"])(
    "a group that does not say its %s is unknown",
    async (missing) => {
      const group = { MinSize: 0, MaxSize: 9, DesiredCapacity: 1, Instances: [], [missing]: undefined };
      autoScaling.on(DescribeAutoScalingGroupsCommand).callsFake(() => ({ AutoScalingGroups: [group] }));
      const [seen] = await aCapacity().observe();
      expect(seen?.kind).toBe("unknown");
    },
  );

  test("a drained instance ends with its place in the group", async () => {
    const capacity = aCapacity();
    await capacity.act([target("spot", 2)], by);
    const [seen] = await capacity.observe();
    const id = seen?.kind === "known" ? (seen.machines[1]?.id ?? "") : "";
    await capacity.act([target("spot", 1, [id])], { ...by, decision: "later" });
    const calls = autoScaling.commandCalls(TerminateInstanceInAutoScalingGroupCommand);
    expect(calls.map(({ args }) => args[0].input)).toEqual([{ InstanceId: id, ShouldDecrementDesiredCapacity: true }]);
    expect(autoScaling.commandCalls(SetDesiredCapacityCommand)).toHaveLength(0);
  });

  test("a machine of a group at its minimum ends and is replaced", async () => {
    const capacity = aCapacity();
    const [seen] = await capacity.observe();
    const InstanceId = seen?.kind === "known" ? (seen.machines[0]?.id ?? "") : "";
    expect(await capacity.act([target("spot", 1, [InstanceId])], by)).toEqual([
      { pool: "spot", outcome: { kind: "done" } },
    ]);
    const calls = autoScaling.commandCalls(TerminateInstanceInAutoScalingGroupCommand);
    expect(calls.map(({ args }) => args[0].input)).toEqual([
      { InstanceId, ShouldDecrementDesiredCapacity: true },
      { InstanceId, ShouldDecrementDesiredCapacity: false },
    ]);
  });

  test.each([
    ["The instance i-0a is in Terminating:Wait state.", "done"],
    ["Instance i-0a is already terminating", "done"],
    ["Instance Id not found - i-0a", "done"],
    ["Terminating instance with this setting is not allowed", "failed"],
  ])("the group's word on an end, %s: %s", async (message, kind) => {
    autoScaling.on(TerminateInstanceInAutoScalingGroupCommand).rejects(groupError("ValidationError", message));
    const [outcome] = await aCapacity().act([target("spot", 1, ["i-0a"])], by);
    expect(outcome?.outcome.kind).toBe(kind);
  });

  test("instances that the group may choose to end are protected", async () => {
    const Instances = [
      { InstanceId: "i-0a", LifecycleState: "InService", ProtectedFromScaleIn: false },
      { InstanceId: "i-0b", LifecycleState: "Terminating:Wait", ProtectedFromScaleIn: false },
    ];
    const bounds = { MinSize: 0, MaxSize: 9, DesiredCapacity: 1 };
    autoScaling
      .on(DescribeAutoScalingGroupsCommand)
      .callsFake(() => ({ AutoScalingGroups: [{ ...bounds, Instances }] }));
    const capacity = aCapacity();
    const [seen] = await capacity.observe();
    expect(seen).toMatchObject({ machines: [{ id: "i-0a" }] });
    await capacity.act([target("spot", 1)], by);
    expect(autoScaling.commandCalls(SetInstanceProtectionCommand).map(({ args }) => args[0].input)).toEqual([
      { AutoScalingGroupName: "muster-spot", InstanceIds: ["i-0a"], ProtectedFromScaleIn: true },
    ]);
  });

  test("a service is told the number first, then which tasks end: it chooses none", async () => {
    const capacity = aCapacity();
    await capacity.act([target("fargate", 3)], by);
    await service.settle();
    const seen = (await capacity.observe()).find(({ pool }) => pool === "fargate");
    const id = seen?.kind === "known" ? (seen.machines[0]?.id ?? "") : "";
    await capacity.act([target("fargate", 2, [id])], { ...by, decision: "later" });
    await service.settle();
    expect(ecs.commandCalls(UpdateServiceCommand).at(-1)?.args[0].input).toEqual({
      ...{ cluster: "muster", service: "muster-f", desiredCount: 2 },
    });
    expect(ecs.commandCalls(StopTaskCommand).map(({ args }) => args[0].input.task)).toEqual([id]);
    expect(service.chosen).toEqual([]);
  });

  test("a service whose maximum was lowered below its tasks is not told a number that makes it choose", async () => {
    const capacity = aCapacity();
    await capacity.act([target("fargate", 4)], by);
    await service.settle();
    const { bounds } = deployed;
    const lowered = { ...deployed, bounds: { ...bounds, fargate: { min: 0, max: 2 } } };
    const port = awsCapacity({ region: "eu-west-1", endpoint: undefined, pools: lowered, clock: manualClock(0) });
    await port.act([target("fargate", 4)], by);
    await service.settle();
    expect(service.chosen).toEqual([]);
  });

  test("tasks of a service that may have none are seen: a new service begins with one", async () => {
    const { bounds } = deployed;
    const without = { ...deployed, bounds: { ...bounds, fargate: { min: 0, max: 0 } } };
    const port = awsCapacity({ region: "eu-west-1", endpoint: undefined, pools: without, clock: manualClock(0) });
    const seen = (await port.observe()).find(({ pool }) => pool === "fargate");
    expect(seen).toMatchObject({ kind: "known", max: 0, machines: [{}] });
  });

  test("a pool that fails does not keep the others from their target, nor from being heard; the error is told", async () => {
    autoScaling.on(LaunchInstancesCommand).rejects(groupError("InvalidState", "no"));
    expect(await aCapacity().act([target("spot", 3), target("fargate", 2)], by)).toEqual([
      { pool: "spot", outcome: { kind: "failed", because: "no" } },
      { pool: "fargate", outcome: { kind: "done" } },
    ]);
    expect(ecs.commandCalls(UpdateServiceCommand)).toHaveLength(1);
    group.trouble("unseen");
    const seen = await aCapacity().observe();
    expect(seen.map(({ pool, kind }) => [pool, kind])).toEqual([
      ["spot", "unknown"],
      ["fargate", "known"],
    ]);
  });

  test.each([
    ["InsufficientInstanceCapacity", "no-capacity"],
    ["UnfulfillableCapacity", "no-capacity"],
    ["VcpuLimitExceeded", "quota"],
    ["MaxSpotInstanceCountExceeded", "quota"],
    ["RequestLimitExceeded", "throttled"],
    ["ScalingActivityInProgressFault", "throttled"],
    ["AccessDenied", undefined],
  ])("%s is %s", (code, kind) => expect(kindOf(code)).toBe(kind));
});

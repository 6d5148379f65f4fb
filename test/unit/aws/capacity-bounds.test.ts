/** Each act on AWS ends in time, and happens only while its leader leads. */
import {
  DescribeAutoScalingGroupsCommand,
  LaunchInstancesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { StopTaskCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeEach, expect, test } from "vitest";
import { awsCapacity } from "../../../services/adapters/aws/capacity/aws-capacity.ts";
import { type ManualClock, manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { machineId, type PoolTarget } from "../../../services/contract/capacity.ts";
import { limits } from "../../../services/contract/limits.ts";
import { autoScaling, deployed, ecs, endPlay, playGroup, playService } from "../../support/aws-groups.ts";

const target = (pool: "spot" | "fargate", machines: number, end: readonly string[] = []): PoolTarget => ({
  ...{ pool, machines, cordon: [], drain: [], end: end.map((id) => machineId.parse(id)) },
  because: [{ kind: "first", visible: 1 }],
});
const by = { epoch: 1, decision: "d", isMine: async () => true };
const never = (): Promise<never> => new Promise(() => undefined);
let clock: ManualClock;
const capacity = () => awsCapacity({ region: "eu-west-1", endpoint: undefined, pools: deployed, clock });
beforeEach(() => {
  clock = manualClock(0);
  playGroup();
  playService();
});
afterAll(endPlay);

/** What becomes of a promise while the clock goes on; an error when nothing has after `ms`. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  const late = clock.advance(ms).then(() => Promise.reject(new Error(`nothing after ${ms} ms`)));
  return Promise.race([promise, late]);
}

test("an end that hangs is aborted, and the launch is made all the same", async () => {
  autoScaling.on(TerminateInstanceInAutoScalingGroupCommand).callsFake(never);
  const [outcome] = await within(capacity().act([target("spot", 3, ["i-0a"])], by), limits.capacityCallMs + 1);
  expect(outcome?.outcome).toMatchObject({ kind: "failed" });
  expect(autoScaling.commandCalls(LaunchInstancesCommand).length).toBeGreaterThan(0);
  const [hanging] = autoScaling.commandCalls(TerminateInstanceInAutoScalingGroupCommand);
  expect(hanging?.args.at(1)).toMatchObject({ abortSignal: { aborted: true } });
});

test("a pool that hangs is unknown in time, and the others are seen", async () => {
  autoScaling.on(DescribeAutoScalingGroupsCommand).callsFake(never);
  const seen = await within(capacity().observe(), limits.poolLookMs + 1);
  expect(seen.map(({ pool, kind }) => [pool, kind])).toEqual([
    ["spot", "unknown"],
    ["fargate", "known"],
  ]);
});

/** Says that it leads so many times, then not any more. */
const leadsFor = (times: number) => {
  let asked = 0;
  return { ...by, isMine: async () => ++asked <= times };
};

test("who is overtaken between two acts does not do the second", async () => {
  const port = capacity();
  const ends = ["i-0a", "i-0b", "i-0c"];
  const [outcome] = await port.act([target("spot", 3, ends)], leadsFor(2));
  expect(outcome?.outcome.kind).toBe("fenced");
  expect(autoScaling.commandCalls(TerminateInstanceInAutoScalingGroupCommand)).toHaveLength(2);
  expect(autoScaling.commandCalls(LaunchInstancesCommand)).toHaveLength(0);
  const seen = (await port.observe()).find(({ pool }) => pool === "fargate");
  const task = seen?.kind === "known" ? (seen.machines[0]?.id ?? "") : "";
  expect(await port.act([target("fargate", 3, [task])], leadsFor(1))).toMatchObject([{ outcome: { kind: "fenced" } }]);
  expect(ecs.commandCalls(UpdateServiceCommand)).toHaveLength(1);
  expect(ecs.commandCalls(StopTaskCommand)).toHaveLength(0);
});

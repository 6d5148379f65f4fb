/** What Auto Scaling and ECS do with the calls of the capacity adapter, played by a model of them behind the SDK's mocks. */
import {
  AutoScalingClient,
  AutoScalingServiceException,
  DescribeAutoScalingGroupsCommand,
  LaunchInstancesCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ECSServiceException,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { mockClient } from "aws-sdk-client-mock";
import type { PoolSettings } from "../../services/contract/pool-settings.ts";

/** Stands in from the first `reset` on: who only imports this file, and who comes after it, meets the class as it is. */
function unplayed<S extends { restore(): void }>(stub: S): S {
  stub.restore();
  return stub;
}
export const autoScaling = unplayed(mockClient(AutoScalingClient));
export const ecs = unplayed(mockClient(ECSClient));

/** Gives the classes back: other files of the process mean the real ones. */
export function endPlay(): void {
  autoScaling.restore();
  ecs.restore();
}

const size = { min: 1, max: 5 };
export const deployed: PoolSettings = {
  cluster: "muster",
  names: { spot: "muster-spot", "on-demand": "muster-on-demand", "fargate-spot": "muster-fs", fargate: "muster-f" },
  bounds: { spot: size, "on-demand": { min: 0, max: 0 }, "fargate-spot": { min: 0, max: 0 }, fargate: size },
};

export const SUBNETS = ["subnet-a", "subnet-b", "subnet-c"];
const throttled = { name: "ThrottlingException", message: "Rate exceeded", $fault: "client", $metadata: {} } as const;
export const groupError = (name: string, message: string) =>
  new AutoScalingServiceException({ ...throttled, name, message });

/** As AWS says it. */
export const AT_MINIMUM =
  "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate group's min size constraint. " +
  "Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.";

type Trouble = "no-capacity" | "partial" | "quota" | "throttled" | "unseen" | undefined;

/** One group that launches at once; `trouble` is what it meets from now on. */
export function playGroup() {
  autoScaling.reset();
  let n = 0;
  const id = () => `i-${(++n).toString(16).padStart(17, "0")}`;
  const state = { desired: 1, there: [id()], trouble: undefined as Trouble, left: Number.POSITIVE_INFINITY };
  const tokens = new Map<string, object>();
  autoScaling.on(DescribeAutoScalingGroupsCommand).callsFake(({ AutoScalingGroupNames: [name] }) => {
    if (name !== deployed.names.spot) return { AutoScalingGroups: [{ MinSize: 0, MaxSize: 0, DesiredCapacity: 0 }] };
    if (state.trouble === "unseen") throw groupError("ThrottlingException", "Rate exceeded");
    const Instances = state.there.map((InstanceId) => ({
      InstanceId,
      LifecycleState: "InService",
      ProtectedFromScaleIn: true,
    }));
    const bounds = { MinSize: size.min, MaxSize: size.max, DesiredCapacity: state.desired };
    return { AutoScalingGroups: [{ ...bounds, Instances, VPCZoneIdentifier: SUBNETS.join(",") }] };
  });
  autoScaling.on(LaunchInstancesCommand).callsFake(({ ClientToken, RequestedCapacity }) => {
    if (state.trouble === "throttled") throw groupError("ThrottlingException", "Rate exceeded");
    const before = tokens.get(ClientToken);
    if (before !== undefined) return before;
    const none = { "no-capacity": "InsufficientInstanceCapacity", quota: "VcpuLimitExceeded" } as const;
    const code = state.trouble === "quota" || state.trouble === "no-capacity" ? none[state.trouble] : undefined;
    const room = code === undefined ? Math.min(RequestedCapacity, state.left) : 0;
    state.left -= room;
    const InstanceIds = Array.from({ length: room }, id);
    state.there.push(...InstanceIds);
    state.desired += room;
    const ErrorCode = code ?? "InsufficientInstanceCapacity";
    const answer = {
      Instances: [{ InstanceIds }],
      Errors: room < RequestedCapacity ? [{ ErrorCode, ErrorMessage: "no" }] : [],
    };
    tokens.set(ClientToken, answer);
    return answer;
  });
  autoScaling.on(SetDesiredCapacityCommand).callsFake(({ DesiredCapacity }) => {
    while (state.there.length < DesiredCapacity) state.there.push(id());
    state.desired = DesiredCapacity;
    return {};
  });
  autoScaling.on(SetInstanceProtectionCommand).resolves({});
  autoScaling
    .on(TerminateInstanceInAutoScalingGroupCommand)
    .callsFake(({ InstanceId, ShouldDecrementDesiredCapacity: isLess }) => {
      if (!state.there.includes(InstanceId))
        throw groupError("ValidationError", `Instance Id not found - ${InstanceId}`);
      if (isLess && state.desired <= size.min) throw groupError("ValidationError", AT_MINIMUM);
      state.there = state.there.filter((one) => one !== InstanceId);
      if (isLess) state.desired--;
      else state.there.push(id());
      return {};
    });
  return {
    trouble: (kind?: Trouble) => {
      state.trouble = kind === "partial" ? undefined : kind;
      state.left = kind === "partial" ? 1 : Number.POSITIVE_INFINITY;
    },
  };
}

/** One service whose tasks come at once; without enough of them it starts others, with too many it stops the newest. */
export function playService() {
  ecs.reset();
  let n = 0;
  const arn = () => `arn:aws:ecs:eu-west-1:1:task/muster/${String(++n).padStart(8, "0")}`;
  const state = { desired: 1, tasks: [arn()], chosen: [] as string[] };
  /** What the service does a moment later, not within a call. */
  const settle = () => {
    while (state.tasks.length < state.desired) state.tasks.push(arn());
    while (state.tasks.length > state.desired) state.chosen.push(state.tasks.pop() ?? "");
  };
  const isPlayed = (name: string): boolean => name === deployed.names.fargate;
  ecs.on(DescribeServicesCommand).callsFake(({ services: [name] }) => ({
    services: [{ desiredCount: isPlayed(name) ? state.desired : 0 }],
  }));
  ecs.on(ListTasksCommand).callsFake(({ serviceName }) => ({ taskArns: isPlayed(serviceName) ? state.tasks : [] }));
  ecs.on(DescribeTasksCommand).callsFake(({ tasks }: { tasks: string[] }) => ({
    tasks: tasks.map((taskArn) => ({ taskArn, createdAt: new Date(0), desiredStatus: "RUNNING" })),
  }));
  ecs.on(UpdateServiceCommand).callsFake(({ desiredCount }) => {
    state.desired = desiredCount;
    return {};
  });
  ecs.on(StopTaskCommand).callsFake(({ task }) => {
    if (!state.tasks.includes(task))
      throw new ECSServiceException({ ...throttled, name: "InvalidParameterException", message: "not found" });
    state.tasks = state.tasks.filter((one) => one !== task);
    return {};
  });
  return { settle: async () => settle(), chosen: state.chosen };
}

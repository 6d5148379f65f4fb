/** A pool of EC2 machines: an Auto Scaling group that is all Spot or all On-Demand. */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  LaunchInstancesCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { type MachineId, machineId, type PoolTarget, type SeenPool } from "../../../contract/capacity.ts";
import type { Pool } from "../../../contract/ids.ts";
import { limits } from "../../../contract/limits.ts";
import type { Acting, ActOutcome } from "../../../ports/capacity.ts";
import type { Clock } from "../../../ports/clock.ts";
import { call, errorName } from "../call.ts";
import { NotLeading, PoolCalls } from "./pool-calls.ts";
import { kindOf, refusalOf } from "./refusal.ts";

export type GroupPoolOptions = {
  readonly pool: Pool;
  readonly group: string;
  readonly client: AutoScalingClient;
  readonly clock: Clock;
};

/** States of an instance that is there for us: not those that end, wait in a warm pool, or were taken out. */
const THERE = /^(Pending|InService)/;
/** The group does not know the instance any more, or is ending it already. */
const GONE =
  /not found|No managed instance|not in (the )?correct state|\b(is|in|state:?) (already )?["'`]?Terminating/i;
/** It would fall below its minimum. Asked before `GONE`: this refusal speaks of terminating too. */
const AT_MINIMUM = /min(imum)?[ _]?size/i;
/** The group, or this account, cannot launch this way: then it is told a number and launches by itself. */
const NO_LAUNCH =
  /^(ValidationError|UnsupportedOperation|InvalidAction|UnknownOperationException)$|AccessDenied|UnauthorizedOperation/;

const cut = (text: string): string => text.slice(0, limits.detailChars);

type GroupActing = { readonly by: Acting; readonly calls: PoolCalls };
type Launch = { readonly subnet: string; readonly asked: number; readonly launched: number; readonly because: string };

export class GroupPool {
  readonly pool: Pool;
  readonly #options: GroupPoolOptions;

  constructor(options: GroupPoolOptions) {
    this.pool = options.pool;
    this.#options = options;
  }

  /** A group does not say when its machines were launched. */
  async see(): Promise<SeenPool> {
    const group = await this.#read(new PoolCalls(this.#options.clock, limits.poolLookMs));
    const atMs = this.#options.clock.nowMs();
    const machines = this.#there(group).map((id) => ({ id }));
    return { kind: "known", pool: this.pool, atMs, ...this.#size(group), machines };
  }

  /** Ends first, each with its place in the group above its minimum; then the number, whatever became of the ends. Refusals are answers. */
  async act(target: PoolTarget, by: Acting): Promise<ActOutcome> {
    const calls = new PoolCalls(this.#options.clock, limits.poolActMs, by);
    try {
      const failures = await this.#endAll(target.end, calls);
      const group = await this.#read(calls);
      await this.#protect(group, calls);
      const outcome = await this.#resize(group, target.machines, { by, calls });
      return outcome.kind === "done" && failures.length > 0 ? refusalOf(failures[0]) : outcome;
    } catch (error) {
      if (error instanceof NotLeading) return { kind: "fenced", because: error.message };
      return refusalOf(error);
    }
  }

  /** A few at once; those that follow a failure wait for the next decision. */
  async #endAll(ids: readonly MachineId[], calls: PoolCalls): Promise<readonly unknown[]> {
    for (let i = 0; i < ids.length; i += limits.endsAtOnce) {
      const ends = ids.slice(i, i + limits.endsAtOnce).map((id) => this.#end(id, calls));
      const failures = (await Promise.allSettled(ends)).flatMap((one) =>
        one.status === "rejected" ? [one.reason] : [],
      );
      const notLeading = failures.find((error) => error instanceof NotLeading);
      if (notLeading !== undefined) throw notLeading;
      if (failures.length > 0) return failures;
    }
    return [];
  }

  async #read(calls: PoolCalls): Promise<AutoScalingGroup> {
    const { client, group } = this.#options;
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] });
    const { AutoScalingGroups: [found] = [] } = await call(
      "DescribeAutoScalingGroups",
      calls.ask((abortSignal) => client.send(command, { abortSignal })),
    );
    if (found === undefined) throw new Error(`there is no Auto Scaling group ${group}`);
    return found;
  }

  /** Throws when the answer lacks one: a missing maximum is not 0, above which everything would leave. */
  #size({ MinSize: min, MaxSize: max, DesiredCapacity: desired }: AutoScalingGroup) {
    if (min === undefined || max === undefined || desired === undefined)
      throw new Error(`the group ${this.#options.group} does not say its size`);
    return { min, max, desired };
  }

  #there({ Instances = [] }: AutoScalingGroup): MachineId[] {
    return Instances.flatMap(({ InstanceId, LifecycleState = "" }) =>
      InstanceId !== undefined && THERE.test(LifecycleState) ? [machineId.parse(InstanceId)] : [],
    );
  }

  /** With its place; where that is part of the group's minimum the group launches another in it. */
  async #end(id: MachineId, calls: PoolCalls): Promise<void> {
    const refused = await this.#terminate(id, true, calls);
    if (refused === "at-minimum") await this.#terminate(id, false, calls);
  }

  async #terminate(
    InstanceId: MachineId,
    ShouldDecrementDesiredCapacity: boolean,
    calls: PoolCalls,
  ): Promise<"at-minimum" | undefined> {
    const command = new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity });
    try {
      await calls.act((abortSignal) => this.#options.client.send(command, { abortSignal }));
    } catch (error) {
      if (errorName(error) !== "ValidationError" || !(error instanceof Error)) throw error;
      if (ShouldDecrementDesiredCapacity && AT_MINIMUM.test(error.message)) return "at-minimum";
      if (AT_MINIMUM.test(error.message) || !GONE.test(error.message)) throw error;
    }
    return undefined;
  }

  /** The group never chooses a machine to end: those that it made before it was told so are protected too. */
  async #protect({ Instances = [] }: AutoScalingGroup, calls: PoolCalls): Promise<void> {
    const bare = Instances.flatMap(({ InstanceId, LifecycleState, ProtectedFromScaleIn }) =>
      LifecycleState === "InService" && ProtectedFromScaleIn === false && InstanceId !== undefined ? [InstanceId] : [],
    );
    if (bare.length === 0) return;
    const InstanceIds = bare.slice(0, limits.protectAtOnce);
    const input = { AutoScalingGroupName: this.#options.group, InstanceIds, ProtectedFromScaleIn: true };
    const command = new SetInstanceProtectionCommand(input);
    await calls.act((abortSignal) => this.#options.client.send(command, { abortSignal }));
  }

  async #resize(group: AutoScalingGroup, machines: number, acting: GroupActing): Promise<ActOutcome> {
    const { min, max, desired } = this.#size(group);
    const wanted = Math.min(max, Math.max(min, machines, this.#there(group).length));
    if (wanted === desired) return { kind: "done" };
    if (wanted < desired) return this.#setDesired(wanted, acting);
    const subnets = (group.VPCZoneIdentifier ?? "").split(",").filter((subnet) => subnet !== "");
    const missing = wanted - desired;
    // What was asked for before and has not come is the group's to launch: the shortfall of now is what it does not know of yet.
    if (subnets.length === 0 || missing > limits.launchMax * subnets.length) return this.#setDesired(wanted, acting);
    return (await this.#launch(subnets, missing, acting)) ?? this.#setDesired(wanted, acting);
  }

  async #setDesired(DesiredCapacity: number, { calls }: GroupActing): Promise<ActOutcome> {
    const input = { AutoScalingGroupName: this.#options.group, DesiredCapacity, HonorCooldown: false };
    const command = new SetDesiredCapacityCommand(input);
    await calls.act((abortSignal) => this.#options.client.send(command, { abortSignal }));
    return { kind: "done" };
  }

  /**
   * Launches at once and knows at once: evenly over the zones, then what one zone did not have in those that had all. Undefined when
   * the group cannot be launched in this way.
   */
  async #launch(
    subnets: readonly string[],
    missing: number,
    { by, calls }: GroupActing,
  ): Promise<ActOutcome | undefined> {
    const round = (zones: readonly string[], count: number, n: number) =>
      this.#round(zones, count, { token: `${by.decision}-${this.pool}-${n}`, calls });
    const first = await round(subnets, missing, 1);
    if (first === undefined) return undefined;
    const launchedOf = (all: readonly Launch[]) => all.reduce((sum, { launched }) => sum + launched, 0);
    const short = missing - launchedOf(first);
    const full = first.filter(({ asked, launched }) => asked > 0 && launched === asked).map(({ subnet }) => subnet);
    const second = short > 0 && full.length > 0 ? await round(full, short, 2) : undefined;
    const launched = launchedOf(first) + launchedOf(second ?? []);
    if (launched >= missing) return { kind: "done" };
    const because = cut([...first, ...(second ?? [])].flatMap(({ because: why }) => why || []).join("; "));
    if (launched > 0) return { kind: "partial", launched, because };
    const kinds = first.map(({ because: why }) => kindOf(why));
    const kind = kinds.find((one) => one === "quota") ?? kinds.find((one) => one === "throttled") ?? "no-capacity";
    return { kind, because };
  }

  async #round(
    subnets: readonly string[],
    count: number,
    { token, calls }: { readonly token: string; readonly calls: PoolCalls },
  ): Promise<Launch[] | undefined> {
    const shares = subnets.map((subnet, i) => {
      const asked = Math.floor(count / subnets.length) + (i < count % subnets.length ? 1 : 0);
      return { subnet, asked };
    });
    const launches = await Promise.all(
      shares
        .filter(({ asked }) => asked > 0)
        .map((share) => this.#launchIn({ ...share, token: `${token}-${share.subnet}` }, calls)),
    );
    return launches.some((one) => one === undefined) ? undefined : launches.flatMap((one) => one ?? []);
  }

  async #launchIn(
    { subnet, asked, token }: { subnet: string; asked: number; token: string },
    calls: PoolCalls,
  ): Promise<Launch | undefined> {
    const command = new LaunchInstancesCommand({
      AutoScalingGroupName: this.#options.group,
      RequestedCapacity: asked,
      ClientToken: token,
      SubnetIds: [subnet],
      RetryStrategy: "none",
    });
    try {
      const { Instances = [], Errors = [] } = await calls.act(
        (abortSignal) => this.#options.client.send(command, { abortSignal }),
        limits.launchCallMs,
      );
      const launched = Instances.reduce((sum, { InstanceIds = [] }) => sum + InstanceIds.length, 0);
      const [first] = Errors;
      // Launching in this way takes rights in EC2 beside those of the group; the group itself has them in any case.
      if (launched === 0 && NO_LAUNCH.test(first?.ErrorCode ?? "")) return undefined;
      const because = first === undefined ? "" : cut(`${first.ErrorCode ?? "unknown"}: ${first.ErrorMessage ?? ""}`);
      return { subnet, asked, launched, because: because || (launched < asked ? "InsufficientInstanceCapacity" : "") };
    } catch (error) {
      if (error instanceof NotLeading) throw error;
      const code = errorName(error);
      if (NO_LAUNCH.test(code)) return undefined;
      // The same request is under way: what it launches is seen by the next look.
      if (/IdempotentCallInProgress/.test(code)) return { subnet, asked, launched: asked, because: "" };
      const { because } = refusalOf(error);
      return { subnet, asked, launched: 0, because };
    }
  }
}

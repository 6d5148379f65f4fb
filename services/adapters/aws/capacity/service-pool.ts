/** A pool of Fargate tasks: an ECS service with one capacity provider. */
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { machineId, type PoolTarget, type SeenPool } from "../../../contract/capacity.ts";
import type { Pool } from "../../../contract/ids.ts";
import { limits } from "../../../contract/limits.ts";
import type { Acting, ActOutcome } from "../../../ports/capacity.ts";
import type { Clock } from "../../../ports/clock.ts";
import { call, errorName } from "../call.ts";
import { NotLeading, PoolCalls } from "./pool-calls.ts";
import { refusalOf } from "./refusal.ts";

export type ServicePoolOptions = {
  readonly pool: Pool;
  readonly cluster: string;
  readonly service: string;
  /** A service has no bounds of its own. */
  readonly bounds: { readonly min: number; readonly max: number };
  readonly client: ECSClient;
  readonly clock: Clock;
};

/** The task is not there, or has stopped. */
const GONE = /^(InvalidParameterException|TaskNotFoundException)$/;

export class ServicePool {
  readonly pool: Pool;
  readonly #options: ServicePoolOptions;

  constructor(options: ServicePoolOptions) {
    this.pool = options.pool;
    this.#options = options;
  }

  async see(): Promise<SeenPool> {
    const { bounds, clock } = this.#options;
    const calls = new PoolCalls(clock, limits.poolLookMs);
    const [desired, tasks] = await Promise.all([this.#desired(calls), this.#tasks(calls)]);
    const atMs = clock.nowMs();
    const machines = tasks.flatMap(({ taskArn, createdAt, desiredStatus }) =>
      taskArn === undefined || desiredStatus === "STOPPED"
        ? []
        : [{ id: machineId.parse(taskArn), launchedAtMs: createdAt?.getTime() }],
    );
    return { kind: "known", pool: this.pool, atMs, ...bounds, desired, machines };
  }

  /**
   * The number first, then the tasks that are to end: the service finds as many as it should have and chooses none itself. A
   * number below the tasks that run would make it choose, so it is never told one.
   */
  async act({ machines, end }: PoolTarget, by: Acting): Promise<ActOutcome> {
    const { client, cluster, service, bounds, clock } = this.#options;
    const calls = new PoolCalls(clock, limits.poolActMs, by);
    try {
      const [desired, tasks] = await Promise.all([this.#desired(calls), this.#tasks(calls)]);
      const arns = new Set(
        tasks.flatMap(({ taskArn, desiredStatus }) => (desiredStatus === "STOPPED" ? [] : (taskArn ?? []))),
      );
      const ending = end.filter((id) => arns.has(id));
      const stay = arns.size - ending.length;
      const desiredCount = Math.max(bounds.min, Math.min(machines, bounds.max), stay);
      const update = new UpdateServiceCommand({ cluster, service, desiredCount });
      if (desiredCount !== desired) await calls.act((abortSignal) => client.send(update, { abortSignal }));
      for (const task of ending) await this.#stop(task, calls);
      return { kind: "done" };
    } catch (error) {
      if (error instanceof NotLeading) return { kind: "fenced", because: error.message };
      return refusalOf(error);
    }
  }

  async #stop(task: string, calls: PoolCalls): Promise<void> {
    const { client, cluster } = this.#options;
    try {
      const command = new StopTaskCommand({ cluster, task, reason: "Muster: its workers have drained" });
      await calls.act((abortSignal) => client.send(command, { abortSignal }));
    } catch (error) {
      if (!GONE.test(errorName(error))) throw error;
    }
  }

  async #desired(calls: PoolCalls): Promise<number> {
    const { client, cluster, service } = this.#options;
    const command = new DescribeServicesCommand({ cluster, services: [service] });
    const { services: [found] = [] } = await call(
      "DescribeServices",
      calls.ask((abortSignal) => client.send(command, { abortSignal })),
    );
    if (found?.desiredCount === undefined) throw new Error(`there is no service ${service}`);
    return found.desiredCount;
  }

  async #tasks(calls: PoolCalls): Promise<Task[]> {
    const { client, cluster, service: serviceName } = this.#options;
    const tasks: Task[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < limits.taskPages; page++) {
      const input = { cluster, serviceName, ...(nextToken === undefined ? {} : { nextToken }) };
      const list = new ListTasksCommand(input);
      const listed = calls.ask((abortSignal) => client.send(list, { abortSignal }));
      const { taskArns = [], ...more } = await call("ListTasks", listed);
      if (taskArns.length > 0) {
        const describe = new DescribeTasksCommand({ cluster, tasks: taskArns });
        const described = calls.ask((abortSignal) => client.send(describe, { abortSignal }));
        tasks.push(...((await call("DescribeTasks", described)).tasks ?? []));
      }
      nextToken = more.nextToken;
      if (nextToken === undefined) return tasks;
    }
    throw new Error(`ListTasks: more than ${limits.taskPages} pages`);
  }
}

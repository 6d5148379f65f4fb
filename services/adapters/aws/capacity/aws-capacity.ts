/** The pools of a deployment on AWS. */
import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { ECSClient } from "@aws-sdk/client-ecs";
import type { SeenPool } from "../../../contract/capacity.ts";
import { limits } from "../../../contract/limits.ts";
import type { PoolSettings } from "../../../contract/pool-settings.ts";
import type { ActOutcome, Capacity, PoolOutcome } from "../../../ports/capacity.ts";
import type { Clock } from "../../../ports/clock.ts";
import { boundedClient, type ServiceAddress } from "../bounded-client.ts";
import { GroupPool } from "./group-pool.ts";
import { ServicePool } from "./service-pool.ts";

/** Where and what. */
export type AwsCapacityOptions = ServiceAddress & { readonly pools: PoolSettings; readonly clock: Clock };

const textOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, limits.detailChars);

/**
 * A pool that may have nothing and has nothing, as far as one can see. One that still has machines is seen, so that they leave: its maximum was
 * lowered, or it is a new service, which CloudFormation makes with one task.
 */
const isUnused = (seen: SeenPool, { bounds }: PoolSettings): boolean =>
  (seen.pool === "local" || bounds[seen.pool].max === 0) &&
  (seen.kind === "unknown" || seen.desired + seen.machines.length === 0);

/**
 * Capacity over Auto Scaling and ECS. AWS knows no epochs: a leader looks at its lease right before each act, numbers are absolute,
 * launches carry the decision as their token, and within one process an older leader is refused.
 */
export function awsCapacity({ pools, clock, ...address }: AwsCapacityOptions): Capacity {
  const shared = boundedClient(address, limits.launchCallMs);
  const groups = new AutoScalingClient(shared);
  const services = new ECSClient(shared);
  const group = (pool: "spot" | "on-demand") =>
    new GroupPool({ pool, group: pools.names[pool], client: groups, clock });
  const service = (pool: "fargate-spot" | "fargate") =>
    new ServicePool({
      ...{ pool, cluster: pools.cluster, service: pools.names[pool], client: services, clock },
      bounds: pools.bounds[pool],
    });
  const all = [group("spot"), group("on-demand"), service("fargate-spot"), service("fargate")];
  let highest = 0;
  return {
    async observe() {
      const look = (one: GroupPool | ServicePool): Promise<SeenPool> =>
        one.see().catch((error: unknown) => ({ kind: "unknown", pool: one.pool, because: textOf(error) }));
      return (await Promise.all(all.map(look))).filter((seen) => !isUnused(seen, pools));
    },
    async act(targets, by) {
      const isFenced = by.epoch < highest;
      highest = Math.max(highest, by.epoch);
      const todo = targets.flatMap((target) => {
        const one = all.find(({ pool }) => pool === target.pool);
        return one === undefined ? [] : [{ one, target }];
      });
      return Promise.all(
        todo.map(async ({ one, target }): Promise<PoolOutcome> => {
          const { pool } = target;
          if (isFenced) return { pool, outcome: { kind: "fenced", because: `epoch ${highest} leads` } };
          // One that fails keeps nobody from hearing what the others answered.
          const failed = (error: unknown): ActOutcome => ({ kind: "failed", because: textOf(error) });
          return { pool, outcome: await one.act(target, by).catch(failed) };
        }),
      );
    },
  };
}

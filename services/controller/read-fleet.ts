import type { WorkerItem } from "../contract/fleet.ts";
import { limits } from "../contract/limits.ts";
import { UnreadableWorkers } from "../core/unreadable-workers.ts";
import type { FleetStore } from "../ports/fleet-store.ts";

/** All workers of all shards, buried ones included until their tombstone expires. Throws when a shard cannot be read. */
export async function readFleet(fleet: FleetStore): Promise<WorkerItem[]> {
  const shards = Array.from({ length: limits.fleetShards }, (_, shard) => fleet.workers(shard));
  return (await Promise.all(shards)).flat();
}

/** The workers that could be read, the shards of which some are missing, and what failed there. */
export type FleetSeen = {
  readonly workers: readonly WorkerItem[];
  readonly missing: ReadonlySet<number>;
  readonly failures: readonly unknown[];
};

/** The same for who can do without some: a shard or an item that cannot be read hides no other. */
export async function readFleetApart(fleet: FleetStore): Promise<FleetSeen> {
  const shards = await Promise.allSettled(
    Array.from({ length: limits.fleetShards }, (_, shard) => fleet.workers(shard)),
  );
  const missing = new Set<number>();
  const failures: unknown[] = [];
  const workers = shards.flatMap((answer, shard) => {
    if (answer.status === "fulfilled") return answer.value;
    missing.add(shard);
    failures.push(answer.reason);
    return answer.reason instanceof UnreadableWorkers ? answer.reason.others : [];
  });
  return { workers, missing, failures };
}

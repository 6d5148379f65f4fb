import type { WorkerItem } from "../contract/fleet.ts";
import { limits } from "../contract/limits.ts";
import type { FleetStore } from "../ports/fleet-store.ts";

/** All workers of all shards, buried ones included until their tombstone expires. Throws when a shard cannot be read. */
export async function readFleet(fleet: FleetStore): Promise<WorkerItem[]> {
  const shards = Array.from({ length: limits.fleetShards }, (_, shard) => fleet.workers(shard));
  return (await Promise.all(shards)).flat();
}

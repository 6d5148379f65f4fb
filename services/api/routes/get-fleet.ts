/** GET /v1/fleet */
import { type FleetView, fleetView } from "../../contract/http.ts";
import { type Lane, lanes } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { isAlive } from "../../core/alive.ts";
import type { Queue } from "../../ports/queue.ts";
import { capacityViewOf } from "../capacity-view.ts";
import { inParallel } from "../in-parallel.ts";
import { takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { isoTime } from "../view.ts";
import { exampleFleet } from "./examples.ts";

const shards = Array.from({ length: limits.fleetShards }, (_, shard) => shard);

/** Depth of a lane; an unknown one is left out, never 0. */
async function laneViewOf(queue: Queue, lane: Lane): Promise<FleetView["lanes"][number]> {
  const depth = await queue.depth(lane);
  return depth.kind === "known" ? { lane, visible: depth.visible, inFlight: depth.inFlight } : { lane };
}

export const getFleet = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/fleet",
  operation: "getFleet",
  access: "operator",
  summary: "The workers, their slots, what waits in each lane, and the last decision on capacity",
  answers: { 200: { what: "The fleet", schema: fleetView, example: exampleFleet } },
  refusals: [],
  handle: async ({ fleet, queue, scalingStores }) => {
    const found = await inParallel(shards, (shard) => fleet.workers(shard));
    const alive = found.flat().filter(isAlive);
    const workers = alive.map(({ workerId, pool, mode, slots, active, startedAtMs, host, version }) => {
      return { id: workerId, pool, mode, slots, active, startedAt: isoTime(startedAtMs), host, version };
    });
    const sum = (field: "slots" | "active") => workers.reduce((total, worker) => total + worker[field], 0);
    const depths = await inParallel(lanes, (lane) => laneViewOf(queue, lane));
    const decided = await scalingStores?.memory.summary();
    return json({
      ...{ workers, slots: sum("slots"), active: sum("active"), lanes: depths },
      ...(decided === undefined ? {} : { capacity: capacityViewOf(decided) }),
    } satisfies FleetView);
  },
});

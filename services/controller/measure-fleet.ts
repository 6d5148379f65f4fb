/** Measures what only the whole fleet shows: what waits in each lane, the slots of each pool, breakers. Tells it as one event. */
import type { EventPayload } from "../contract/events.ts";
import { type Lane, lanes } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { queueHolder } from "../contract/tables.ts";
import { slotsOf, waitingSinceMs } from "../core/fleet-gauges.ts";
import { messageOf } from "./message-of.ts";
import { oldestHead } from "./oldest-head.ts";
import { readFleet } from "./read-fleet.ts";
import type { World } from "./world.ts";

type Measured = EventPayload<"fleet.measured">;

/** Since when the run waits that waits longest; undefined when none does. Within a shard the index gives the oldest first. */
async function oldestSinceMs(world: World, lane: Lane): Promise<number | undefined> {
  let since: number | undefined;
  for (let shard = 0; shard < limits.queueShards; shard++) {
    const { ids } = await world.index.byHolder(queueHolder(lane, shard), Number.MAX_SAFE_INTEGER);
    const head = await oldestHead(world, ids);
    const own = head && waitingSinceMs(head);
    if (own !== undefined && (since === undefined || own < since)) since = own;
  }
  return since;
}

async function laneOf(world: World, lane: Lane): Promise<Measured["lanes"][number]> {
  const depth = await world.queue.depth(lane);
  if (depth.kind === "unknown") return { lane };
  const sinceMs = depth.visible === 0 ? undefined : await oldestSinceMs(world, lane);
  const oldestMs = sinceMs === undefined ? 0 : Math.max(0, world.clock.nowMs() - sinceMs);
  return { lane, waiting: depth.visible, oldestMs };
}

async function breakersOpen({ rates }: World): Promise<number | undefined> {
  if (rates === undefined) return undefined;
  const seen = await Promise.all(rates.names.map((name) => rates.limiter.read(name)));
  return seen.filter(({ item }) => item !== undefined && item.control.breaker.kind !== "closed").length;
}

/** One measurement. What cannot be measured is told and left out; the rest is measured all the same. */
export async function measurePass(world: World): Promise<void> {
  const unless = <T>(asked: Promise<T>): Promise<T | undefined> =>
    asked.catch((error: unknown) => {
      world.events.emit("store.failed", { operation: "controller.measure", message: messageOf(error) });
      return undefined;
    });
  const [seen, workers, open] = await Promise.all([
    Promise.all(lanes.map(async (lane) => (await unless(laneOf(world, lane))) ?? { lane })),
    unless(readFleet(world.fleet)),
    unless(breakersOpen(world)),
  ]);
  const pools = workers === undefined ? [] : slotsOf(workers);
  world.events.emit("fleet.measured", {
    lanes: seen,
    pools: [...pools],
    ...(open === undefined ? {} : { breakersOpen: open }),
  });
}

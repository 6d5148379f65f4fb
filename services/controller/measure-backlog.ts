/** Measures how many runs wait, lane by lane and tenant by tenant, at a cost that does not grow with them. */
import type { ActiveRuns, LaneBacklog } from "../contract/backlog.ts";
import { type Lane, lanes } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { queueHolder } from "../contract/tables.ts";
import { isWorthCounting, shareOut } from "../core/backlog.ts";
import { sumActive } from "../core/tenant-cap.ts";
import type { BacklogStore } from "../ports/backlog-store.ts";
import type { LaneDepth } from "../ports/queue.ts";
import { messageOf } from "./message-of.ts";
import { readFleet } from "./read-fleet.ts";
import type { World } from "./world.ts";

/** Bound of a tenant's queued runs in a lane, and where the measurement goes. */
export type Measuring = { readonly store: BacklogStore; readonly queuedMax: number };

/**
 * Queued runs of all lanes: a page of every shard. A run's shard is a hash of its id, so each is a fair sample of all; within
 * a shard those that wait longest come first.
 */
async function sampleQueued(world: World): Promise<RunHead[]> {
  const heads: RunHead[] = [];
  for (let shard = 0; shard < limits.queueShards; shard++) {
    const { ids } = await world.index.byHolder(queueHolder(shard), Number.MAX_SAFE_INTEGER);
    if (ids.length > 0) heads.push(...(await world.runs.read(ids, world.clock.nowMs())));
  }
  return heads.filter((head) => head.state === "QUEUED");
}

/** Active runs as the beats say; undefined when the fleet cannot be read: the lanes are published all the same. */
async function activeRuns(world: World): Promise<ActiveRuns | undefined> {
  try {
    return sumActive(await readFleet(world.fleet));
  } catch (error) {
    world.events.emit("store.failed", { operation: "controller.active", message: messageOf(error) });
    return undefined;
  }
}

/** One measurement, published. Throws when the store fails; then the last one grows old and counts no more. */
export async function backlogPass(world: World, { store, queuedMax }: Measuring): Promise<void> {
  const depths = await Promise.all(lanes.map(async (lane) => [lane, await world.queue.depth(lane)] as const));
  const isDeep = ([, depth]: readonly [Lane, LaneDepth]): boolean =>
    depth.kind === "known" && isWorthCounting(depth.visible, queuedMax);
  const sample = depths.some(isDeep) ? await sampleQueued(world) : [];
  const laneOf = (lane: Lane): LaneBacklog => {
    const found = depths.find(([name]) => name === lane);
    if (found === undefined || found[1].kind === "unknown") return { kind: "unknown" };
    const { visible } = found[1];
    if (!isDeep(found)) return { kind: "few", total: visible };
    return shareOut(
      visible,
      sample.filter((head) => head.lane === lane),
    );
  };
  const active = await activeRuns(world);
  await store.publish({
    atMs: world.clock.nowMs(),
    ...(active === undefined ? {} : { active }),
    lanes: { high: laneOf("high"), normal: laneOf("normal"), low: laneOf("low") },
  });
}

/** Measures how many runs wait, lane by lane and tenant by tenant, at a cost that does not grow with them. */
import type { ActiveRuns, Backlog, LaneBacklog } from "../contract/backlog.ts";
import type { Lane } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { queueHolder } from "../contract/tables.ts";
import { isWorthCounting, shareOut } from "../core/backlog.ts";
import { sumActive } from "../core/tenant-cap.ts";
import type { BacklogStore } from "../ports/backlog-store.ts";
import { messageOf } from "./message-of.ts";
import { readFleet } from "./read-fleet.ts";
import type { World } from "./world.ts";

/** Bound of a tenant's queued runs in a lane, and where the measurement goes. */
export type Measuring = { readonly store: BacklogStore; readonly queuedMax: number };

/**
 * Queued runs of a lane: a page of every shard. A run's shard is a hash of its id, so each is a fair sample of all; within a
 * shard those that wait longest come first.
 */
async function sampleQueued(world: World, lane: Lane): Promise<RunHead[]> {
  const heads: RunHead[] = [];
  for (let shard = 0; shard < limits.queueShards; shard++) {
    const { ids } = await world.index.byHolder(queueHolder(lane, shard), Number.MAX_SAFE_INTEGER);
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
export async function backlogPass(world: World, { store, queuedMax }: Measuring): Promise<Backlog> {
  const measure = async (lane: Lane): Promise<LaneBacklog> => {
    const depth = await world.queue.depth(lane);
    if (depth.kind === "unknown") return depth;
    const { visible, inFlight } = depth;
    // Messages in flight are of active runs, and of queued ones that workers hold back: only the runs tell them apart.
    if (!isWorthCounting(visible + inFlight, queuedMax)) return { kind: "few", total: visible + inFlight };
    const sample = await sampleQueued(world, lane);
    if (visible === 0 && sample.length === 0) return { kind: "few", total: 0 };
    return shareOut(Math.max(visible, sample.length), sample);
  };
  const [high, normal, low] = await Promise.all([measure("high"), measure("normal"), measure("low")]);
  const active = await activeRuns(world);
  const measured = {
    atMs: world.clock.nowMs(),
    ...(active === undefined ? {} : { active }),
    lanes: { high, normal, low },
  };
  await store.publish(measured);
  return measured;
}

/** Measures how many runs wait, lane by lane and tenant by tenant, at a cost that does not grow with them. */
import type { ActiveRuns, Backlog, LaneBacklog } from "../contract/backlog.ts";
import type { Lane } from "../contract/ids.ts";
import { isWorthCounting, shareOut } from "../core/backlog.ts";
import { sumActive } from "../core/tenant-cap.ts";
import type { BacklogStore } from "../ports/backlog-store.ts";
import { messageOf } from "./message-of.ts";
import { readFleet } from "./read-fleet.ts";
import { sampleQueued } from "./sample-queued.ts";
import type { World } from "./world.ts";

/** Bound of a tenant's queued runs in a lane, and where the measurement goes. */
export type Measuring = { readonly store: BacklogStore; readonly queuedMax: number };

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
    const { heads, total, atLeast } = await sampleQueued(world, lane);
    if (visible === 0 && heads.length === 0) return { kind: "few", total: 0 };
    // Messages are no count of runs: those of some are held back, and some wake nobody any more. They only have to do for a
    // lane that is too deep to be counted.
    return shareOut(atLeast ? Math.max(visible, total) : total, heads);
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

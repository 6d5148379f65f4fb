/** Since when a machine is there, where its pool does not say: since it was first seen, by whichever controller that was. Pure. */
import type { MachineId, SeenPool } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";
import type { ScalingState } from "../../contract/scaling.ts";

/** What is remembered of first sights. */
export type FirstSeen = NonNullable<ScalingState["firstSeen"]>;

/** A pool whose machines all have a time. */
export type DatedPool =
  | (Omit<Extract<SeenPool, { kind: "known" }>, "machines"> & {
      readonly machines: readonly { readonly id: MachineId; readonly launchedAtMs: number }[];
    })
  | Extract<SeenPool, { kind: "unknown" }>;

/**
 * Gives each machine its time, and what to remember: machines that are there, at most `limits.firstSeenMax` of a pool; of a pool that is
 * unknown now, what was remembered before.
 */
export function dated(
  seen: readonly SeenPool[],
  before: FirstSeen = {},
): { readonly pools: readonly DatedPool[]; readonly firstSeen: FirstSeen } {
  const firstSeen = { ...before };
  const pools = seen.map((one): DatedPool => {
    if (one.kind === "unknown") return one;
    const known = before[one.pool] ?? {};
    const times: Record<string, number> = {};
    const machines = one.machines.map(({ id, launchedAtMs }) => {
      if (launchedAtMs !== undefined) return { id, launchedAtMs };
      const sinceMs = known[id] ?? one.atMs;
      times[id] = sinceMs;
      return { id, launchedAtMs: sinceMs };
    });
    firstSeen[one.pool] = Object.fromEntries(Object.entries(times).slice(0, limits.firstSeenMax));
    return { ...one, machines };
  });
  return { pools, firstSeen };
}

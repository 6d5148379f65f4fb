/**
 * The cap on a tenant's active runs in the fleet, kept without a common counter: workers say what they hold, the sum is
 * published, and each worker holds itself to its part of the cap until the next sum. Pure.
 */
import type { ActiveRuns, Backlog } from "../contract/backlog.ts";
import type { WorkerBeat, WorkerItem } from "../contract/fleet.ts";
import type { TenantId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { isAlive } from "./alive.ts";

type Counts = ReadonlyMap<string, number>;

/** The largest first; of equal ones by name, so that everybody names the same. */
const largestFirst = (counts: Counts): (readonly [string, number])[] =>
  [...counts].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));

/** What a beat says of a worker's runs by tenant: the largest `beatTenants`, in at most `beatTenantBytes` of text. */
export function sayTenants(counts: Counts): NonNullable<WorkerBeat["tenants"]> {
  const said: Record<string, number> = {};
  for (const [tenant, count] of largestFirst(counts).slice(0, limits.beatTenants)) {
    if (JSON.stringify({ ...said, [tenant]: count }).length > limits.beatTenantBytes) break;
    said[tenant] = count;
  }
  return said;
}

/** What a beat says of tenants whose messages a worker held back, latest first: at most `beatTenants`, in `beatHeldBytes` of text. */
export function sayHeldBack(latest: readonly TenantId[]): NonNullable<WorkerBeat["heldBack"]> {
  const said: string[] = [];
  for (const tenant of latest.slice(0, limits.beatTenants)) {
    if (JSON.stringify([...said, tenant]).length > limits.beatHeldBytes) break;
    said.push(tenant);
  }
  return said;
}

/** Tenants that are at their cap, so that their runs wait and nothing is lost: what workers say that are not buried. */
export const heldBackBy = (fleet: readonly WorkerItem[]): ReadonlySet<string> =>
  new Set(fleet.filter(isAlive).flatMap(({ heldBack = [] }) => heldBack));

/** Active runs of all that are not buried, and how many workers take more; the largest `backlogTenants` are named. */
export function sumActive(fleet: readonly WorkerItem[]): ActiveRuns {
  const present = fleet.filter((worker) => isAlive(worker) && worker.mode !== "STOPPED");
  const sums = new Map<string, number>();
  for (const { tenants = {} } of present)
    for (const [tenant, count] of Object.entries(tenants)) sums.set(tenant, (sums.get(tenant) ?? 0) + count);
  return {
    workers: present.filter(({ mode }) => mode === "STARTING" || mode === "RUNNING").length,
    tenants: Object.fromEntries(largestFirst(sums).slice(0, limits.backlogTenants)),
  };
}

/**
 * A tenant in the fleet as last summed up; `own` of the `total` are this worker's. `uncounted`: the worker is so new that the sum may
 * lack it, so that no part of what is left was meant for it.
 */
export type Share =
  | { readonly kind: "unknown" }
  | { readonly kind: "uncounted"; readonly total: number }
  | { readonly kind: "known"; readonly workers: number; readonly total: number; readonly own: number };

/** What a worker said of its runs at a time. */
export type Said = { readonly atMs: number; readonly tenants: Readonly<Record<string, number>> };

/**
 * The share of a worker that had said `said` (latest last) when it read the published sum; unknown when there is none or it is too old.
 * Its last word before the sum may have been under way when the beats were read: of the last two the smaller is surely in the sum.
 * Where the worker's clock is ahead of the controller's its words seem to come after the sum. Who remembers as many as it can is not
 * new for that: the sum has one of them, and the smallest is surely in it.
 */
export function shareOf(
  backlog: Backlog | undefined,
  said: readonly Said[],
  { tenant, nowMs }: { readonly tenant: TenantId; readonly nowMs: number },
): Share {
  if (backlog?.active === undefined || nowMs - backlog.atMs > limits.backlogOldMs) return { kind: "unknown" };
  const { workers, tenants } = backlog.active;
  // A tenant that nobody named has few runs or none: each worker may have its part of the whole cap.
  const total = tenants[tenant] ?? 0;
  const before = said.filter(({ atMs }) => atMs <= backlog.atMs).slice(-2);
  if (before.length < 2 && said.length < limits.beatsRemembered) return { kind: "uncounted", total };
  const own = Math.min(...(before.length < 2 ? said : before).map((word) => word.tenants[tenant] ?? 0));
  return { kind: "known", workers, total, own: Math.min(own, total) };
}

/**
 * How many runs of a tenant this worker may hold until the next sum: what it held and its part of the room that was left; above
 * the cap its part of the cap. All workers together hold about `max`. `fraction` in [0, 1), drawn once for each sum, rounds, so
 * that a part below one is somebody's. Where nothing is known the worker's own count is all there is: `max`. A worker that is not
 * counted yet takes one run of a tenant below its cap, so that few wait for the next sum: many may begin at once.
 */
export function activeQuota(max: number, share: Share, fraction: number): number {
  if (share.kind === "unknown") return max;
  if (share.kind === "uncounted") return share.total < max ? 1 : 0;
  const { workers, total, own } = share;
  const part = total > max ? (own * max) / total : own + (max - total) / Math.max(1, workers);
  return Math.min(max, Math.floor(part + fraction));
}

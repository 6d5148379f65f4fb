/** Who waits in a lane, from a sample; and whether a tenant may queue more. Pure. */
import type { Backlog, LaneBacklog } from "../contract/backlog.ts";
import type { Lane, TenantId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";

/** Whether a lane of this depth has to be counted by tenant: below a tenth of the bound no tenant can be near it. */
export const isWorthCounting = (visible: number, queuedMax: number): boolean => visible * 10 >= queuedMax;

/**
 * Shares the queued runs of a lane out by the tenants of a fair sample of them. The largest `backlogTenants` are named. Without
 * a sample nobody can say.
 */
export function shareOut(queued: number, sample: readonly RunHead[]): LaneBacklog {
  if (sample.length === 0) return { kind: "unknown" };
  const byTenant = Map.groupBy(sample, (head) => head.tenant);
  const counts = [...byTenant].map(
    ([tenant, heads]) => [tenant, Math.round((queued * heads.length) / sample.length)] as const,
  );
  const largest = counts.toSorted(([, a], [, b]) => b - a).slice(0, limits.backlogTenants);
  return { kind: "shared", tenants: Object.fromEntries(largest) };
}

/** Runs that wait in all lanes at least, tenants that are not named left out; undefined when a lane is unknown. */
export function backlogLeast({ lanes }: Backlog): number | undefined {
  let sum = 0;
  for (const lane of Object.values(lanes)) {
    if (lane.kind === "unknown") return undefined;
    sum += lane.kind === "few" ? lane.total : Object.values(lane.tenants).reduce((all, runs) => all + runs, 0);
  }
  return sum;
}

/** Most runs of the tenant that the lane may hold, as published; undefined when unknown or too old to mean anything. */
export function queuedOf(
  backlog: Backlog | undefined,
  { tenant, lane, nowMs }: { readonly tenant: TenantId; readonly lane: Lane; readonly nowMs: number },
): number | undefined {
  if (backlog === undefined || nowMs - backlog.atMs > limits.backlogOldMs) return undefined;
  const found = backlog.lanes[lane];
  if (found.kind === "unknown") return undefined;
  return found.kind === "few" ? found.total : (found.tenants[tenant] ?? 0);
}

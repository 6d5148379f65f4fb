/** Promise 10 for tenants: queued runs stay near their bound, active ones near their cap, when nothing is wrong. */
import { limits } from "../../../services/contract/limits.ts";
import type { RunHead } from "../../../services/contract/run.ts";
import { keys } from "../../../services/contract/tables.ts";
import { isEnded } from "../../../services/core/lifecycle.ts";
import type { Check } from "./observer.ts";

/**
 * After so long without harm everybody knows what waits and what is active: a tick, a pass over the shards, what a process keeps
 * of it, and clocks that differ.
 */
const KNOWN_MS = limits.backlogEveryMs + limits.backlogReadMs + 15_000;

export type CrowdBounds = {
  readonly queuedMax: number | undefined;
  readonly tenantActiveMax: number | undefined;
  readonly workers: number;
  nowMs(): number;
  quietMs(): number;
};

const isQueued = (head: RunHead | undefined): boolean =>
  head?.state === "QUEUED" && head.holder === keys.queueHolder(head.lane, head.runId);

const isTaken = (before: RunHead | undefined, after: RunHead): boolean =>
  isQueued(after) && (before === undefined || isEnded(before.state));

/**
 * Runs of a tenant in a lane when one more is submitted or redriven: the bound, and those of one tick. What came back meanwhile, for it was
 * parked or given back, asked nobody, and is known a tick later too.
 */
export const backlogIsBounded =
  ({ queuedMax, nowMs, quietMs }: CrowdBounds): Check =>
  (report) => {
    const queued = new Map<string, number>();
    const came = new Map<string, number[]>();
    return {
      head: ({ file, before, after }) => {
        const key = `${after.tenant} ${after.lane}`;
        const step = Number(isQueued(after)) - Number(isQueued(before));
        const count = (queued.get(key) ?? 0) + step;
        queued.set(key, count);
        if (step <= 0 || queuedMax === undefined) return;
        const recent = [...(came.get(key) ?? []), nowMs()].filter((atMs) => nowMs() - atMs <= KNOWN_MS);
        came.set(key, recent);
        if (isTaken(before, after) && count > queuedMax + recent.length && quietMs() >= KNOWN_MS)
          report("backlogIsBounded", file, `${count} runs of ${key} are queued, ${recent.length} came just now`);
      },
    };
  };

/**
 * Active runs of a tenant: the cap, and one a worker for rounding. Where workers knew no sum (nobody published one for a minute) they
 * took in more; those runs go on, and only what was claimed since everybody knows again is held against the cap.
 */
export const tenantsKeepTheirCap =
  ({ tenantActiveMax, workers, nowMs, quietMs }: CrowdBounds): Check =>
  (report) => {
    const active = new Map<string, Map<string, number>>();
    return {
      head: ({ file, before, after }) => {
        const step = Number(after.state === "RUNNING") - Number(before?.state === "RUNNING");
        if (step === 0 || tenantActiveMax === undefined) return;
        const runs = active.get(after.tenant) ?? new Map<string, number>();
        active.set(after.tenant, runs);
        if (step < 0) runs.delete(after.runId);
        else runs.set(after.runId, nowMs());
        if (step < 0 || runs.size <= tenantActiveMax + workers) return;
        const knownSinceMs = nowMs() - quietMs() + KNOWN_MS;
        const claimed = [...runs.values()].filter((atMs) => atMs >= knownSinceMs).length;
        if (claimed > tenantActiveMax + workers)
          report(
            "tenantsKeepTheirCap",
            file,
            `${claimed} runs of ${after.tenant} are active, ${tenantActiveMax} may be`,
          );
      },
    };
  };

/** Promise 10 for tenants: queued runs stay near their bound, active ones near their cap, when nothing is wrong. */
import { limits } from "../../../services/contract/limits.ts";
import type { RunHead } from "../../../services/contract/run.ts";
import { keys } from "../../../services/contract/tables.ts";
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

/** Accepted runs of a tenant in a lane: the bound, and the submits of one tick. */
export const backlogIsBounded =
  ({ queuedMax, nowMs, quietMs }: CrowdBounds): Check =>
  (report) => {
    const queued = new Map<string, number>();
    const taken = new Map<string, number[]>();
    return {
      head: ({ file, before, after }) => {
        const key = `${after.tenant} ${after.lane}`;
        const step = Number(isQueued(after)) - Number(isQueued(before));
        const count = (queued.get(key) ?? 0) + step;
        queued.set(key, count);
        if (before !== undefined || queuedMax === undefined) return;
        const recent = [...(taken.get(key) ?? []), nowMs()].filter((atMs) => nowMs() - atMs <= KNOWN_MS);
        taken.set(key, recent);
        if (count > queuedMax + recent.length && quietMs() >= KNOWN_MS)
          report("backlogIsBounded", file, `${count} runs of ${key} are queued, ${recent.length} came just now`);
      },
    };
  };

/** Active runs of a tenant: the cap, and one a worker for rounding. */
export const tenantsKeepTheirCap =
  ({ tenantActiveMax, workers, quietMs }: CrowdBounds): Check =>
  (report) => {
    const active = new Map<string, number>();
    return {
      head: ({ file, before, after }) => {
        const step = Number(after.state === "RUNNING") - Number(before?.state === "RUNNING");
        if (step === 0) return;
        const count = (active.get(after.tenant) ?? 0) + step;
        active.set(after.tenant, count);
        if (tenantActiveMax === undefined || step < 0 || count <= tenantActiveMax + workers) return;
        if (quietMs() >= KNOWN_MS)
          report("tenantsKeepTheirCap", file, `${count} runs of ${after.tenant} are active, ${tenantActiveMax} may be`);
      },
    };
  };

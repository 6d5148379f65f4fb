import type { RunId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import type { RunHead } from "../../contract/run.ts";
import { keys } from "../../contract/tables.ts";
import type { IdPage, RunIndex } from "../../ports/run-index.ts";
import type { Faults } from "./faults.ts";

/** An index over the heads of a store. */
export type MemoryRunIndex = RunIndex & {
  /** Takes a head that was written; without `head` the run is gone. */
  follow(id: RunId, head: RunHead | undefined): void;
  /** The index stops following writes, as a lagging one does, until `catchUp`. */
  lag(): void;
  catchUp(): void;
};

/** The head is looked up when it is asked for, so that a write that moves no entry costs nothing here. */
type Entry = { readonly position: string; readonly id: RunId };

type TimeQuery = { readonly byMs: number; readonly after: string | undefined; readonly limit: number };

/** Entries of one partition by run. */
type Partitions = Map<string, Map<RunId, Entry>>;

/** Sorts by time; without a run it is before all runs of that time. */
const timePosition = (atMs: number, id = ""): string => `${String(atMs).padStart(16, "0")}#${id}`;

function put(partitions: Partitions, partition: string, entry: Entry): void {
  const entries = partitions.get(partition) ?? new Map<RunId, Entry>();
  partitions.set(partition, entries.set(entry.id, entry));
}

function drop(partitions: Partitions, partition: string, id: RunId): void {
  const entries = partitions.get(partition);
  entries?.delete(id);
  if (entries?.size === 0) partitions.delete(partition);
}

/**
 * Looks at one page of sorted entries and gives those that match. As in DynamoDB the page is cut before the filter, so a
 * page may be short, or empty, and still have a next.
 */
function page(sorted: readonly Entry[], size: number, matches: (id: RunId) => boolean = () => true): IdPage {
  const seen = sorted.slice(0, size);
  const ids = seen.filter(({ id }) => matches(id)).map(({ id }) => id);
  const last = seen.at(-1);
  return last === undefined || sorted.length <= size ? { ids } : { ids, next: last.position };
}

/** Fields that say where a head stands in each index: a write that changes none of them moves no entry. */
const PLACES = {
  tenant: ["tenant", "createdAtMs"],
  holder: ["holder", "dueAtMs"],
  deadline: ["openShard", "deadlineAtMs"],
} as const satisfies Record<string, readonly (keyof RunHead)[]>;

const moves = (place: keyof typeof PLACES, old: RunHead | undefined, head: RunHead | undefined): boolean =>
  PLACES[place].some((field) => old?.[field] !== head?.[field]);

/** `pageSize` bounds every page, whatever the caller's limit. */
export function memoryRunIndex(faults: Faults, pageSize: number): MemoryRunIndex {
  const byTenant: Partitions = new Map();
  const byHolder: Partitions = new Map();
  const byDeadline: Partitions = new Map();
  const current = new Map<RunId, RunHead>();
  let held: Map<RunId, RunHead | undefined> | undefined;

  const moveInTenant = (id: RunId, old: RunHead | undefined, head: RunHead | undefined) => {
    if (old !== undefined) drop(byTenant, old.tenant, id);
    if (head !== undefined) put(byTenant, head.tenant, { position: keys.created(head.createdAtMs, id), id });
  };
  const moveInHolder = (id: RunId, old: RunHead | undefined, head: RunHead | undefined) => {
    if (old?.holder !== undefined) drop(byHolder, old.holder, id);
    if (head?.holder !== undefined && head.dueAtMs !== undefined)
      put(byHolder, head.holder, { position: timePosition(head.dueAtMs, id), id });
  };
  const moveInDeadline = (id: RunId, old: RunHead | undefined, head: RunHead | undefined) => {
    if (old?.openShard !== undefined) drop(byDeadline, old.openShard, id);
    if (head?.openShard !== undefined)
      put(byDeadline, head.openShard, { position: timePosition(head.deadlineAtMs, id), id });
  };
  const apply = (id: RunId, head: RunHead | undefined) => {
    const old = current.get(id);
    if (head === undefined) current.delete(id);
    else current.set(id, head);
    if (moves("tenant", old, head)) moveInTenant(id, old, head);
    if (moves("holder", old, head)) moveInHolder(id, old, head);
    if (moves("deadline", old, head)) moveInDeadline(id, old, head);
  };
  /** A page of the entries of a partition up to a time, earliest first. */
  const upTo = (entries: ReadonlyMap<RunId, Entry> | undefined, { byMs, after = "", limit }: TimeQuery): IdPage => {
    const below = timePosition(byMs + 1);
    const earliestFirst = [...(entries?.values() ?? [])]
      .filter(({ position }) => position < below && position > after)
      .sort((a, b) => (a.position < b.position ? -1 : 1));
    return page(earliestFirst, Math.min(limit, pageSize));
  };
  return {
    follow: (id, head) => (held === undefined ? apply(id, head) : void held.set(id, head)),
    lag: () => {
      held ??= new Map();
    },
    catchUp: () => {
      for (const [id, head] of held ?? []) apply(id, head);
      held = undefined;
    },
    byTenant: ({ tenant, state, agent, limit, after }) =>
      faults.run("index.byTenant", () => {
        const newestFirst = [...(byTenant.get(tenant)?.values() ?? [])]
          .filter((entry) => after === undefined || entry.position < after)
          .sort((a, b) => (a.position < b.position ? 1 : -1));
        const matches = (id: RunId) =>
          (state === undefined || current.get(id)?.state === state) &&
          (agent === undefined || current.get(id)?.agent === agent);
        return page(newestFirst, Math.min(limit, pageSize), matches);
      }),
    byHolder: (holder, byMs, after) =>
      faults.run("index.byHolder", () => upTo(byHolder.get(holder), { byMs, after, limit: limits.sweepPage })),
    allOfHolder: (holder, after) =>
      faults.run("index.allOfHolder", () =>
        upTo(byHolder.get(holder), { byMs: Number.MAX_SAFE_INTEGER, after, limit: limits.censusPage }),
      ),
    byDeadline: (shard, byMs, after) =>
      faults.run("index.byDeadline", () => upTo(byDeadline.get(shard), { byMs, after, limit: limits.sweepPage })),
  };
}

import { isDeepStrictEqual } from "node:util";
import type { InboxEntry, WorkerBeat, WorkerItem } from "../../contract/fleet.ts";
import type { WorkerId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { shardOf } from "../../contract/tables.ts";
import type { Clock } from "../../ports/clock.ts";
import type { FleetStore } from "../../ports/fleet-store.ts";
import type { Faults } from "./faults.ts";

const holds = (entries: readonly InboxEntry[], one: InboxEntry): boolean =>
  entries.some((entry) => isDeepStrictEqual(entry, one));

/** A copy of a beat, of which its sender may change nothing; cheaper than a clone of any value. */
const ownOf = ({ place, tenants, heldBack, budgets, ...beat }: WorkerBeat): WorkerBeat => ({
  ...beat,
  ...(place === undefined ? {} : { place: { ...place } }),
  ...(tenants === undefined ? {} : { tenants: { ...tenants } }),
  ...(heldBack === undefined ? {} : { heldBack: [...heldBack] }),
  ...(budgets === undefined ? {} : { budgets: { ...budgets } }),
});

/**
 * Worker items in a map; tombstones are taken away once their time is over on the given clock. Items are frozen copies, so what
 * a caller holds never changes under it and nobody changes the store's.
 */
export function memoryFleetStore(faults: Faults, clock: Clock): FleetStore {
  const items = new Map<WorkerId, WorkerItem>();
  const shards = new Map<WorkerId, number>();
  const put = (item: WorkerItem): void => {
    const { workerId: id, inbox } = item;
    if (!shards.has(id)) shards.set(id, shardOf(id, limits.fleetShards));
    Object.freeze(inbox);
    items.set(id, Object.freeze(item));
  };
  const drop = (id: WorkerId): void => {
    items.delete(id);
    shards.delete(id);
  };
  const present = (id: WorkerId): WorkerItem | undefined => {
    const item = items.get(id);
    if (item?.buriedAtMs !== undefined && item.buriedAtMs + limits.tombstoneMs <= clock.nowMs()) drop(id);
    return items.get(id);
  };
  const alive = (id: WorkerId): WorkerItem | undefined => {
    const item = present(id);
    return item?.buriedAtMs === undefined ? item : undefined;
  };
  return {
    beat: (beat, handled) =>
      faults.run("fleet.beat", () => {
        const old = present(beat.workerId);
        if (old?.buriedAtMs !== undefined) return { kind: "buried" };
        if (old !== undefined && old.counter > beat.counter) return { kind: "overtaken" };
        const inbox = (old?.inbox ?? []).filter((entry) => !holds(handled, entry));
        const by = old?.drainByMs === undefined ? {} : { drainByMs: old.drainByMs };
        const drain = old?.drain ?? false;
        put({ ...ownOf(beat), drain, ...by, inbox });
        return { kind: "alive", drain, ...by, inbox: [...inbox] };
      }),
    workers: (shard) =>
      faults.run("fleet.workers", () =>
        [...items.keys()].filter((id) => shards.get(id) === shard).flatMap((id) => present(id) ?? []),
      ),
    worker: (id) => faults.run("fleet.worker", () => present(id)),
    notify: (id, entry) =>
      faults.run("fleet.notify", () => {
        const item = alive(id);
        if (item === undefined) return "absent";
        if (holds(item.inbox, entry)) return "delivered";
        if (item.inbox.length >= limits.inboxEntries) return "full";
        put({ ...item, inbox: [...item.inbox, { ...entry }] });
        return "delivered";
      }),
    bury: (id, seen, nowMs) =>
      faults.run("fleet.bury", () => {
        const item = alive(id);
        if (item === undefined || (seen !== "end-seen" && item.counter !== seen.counter)) return false;
        put({ ...item, buriedAtMs: nowMs });
        return true;
      }),
    requestDrain: (id, deadlineAtMs) =>
      faults.run("fleet.requestDrain", () => {
        const item = alive(id);
        if (item === undefined) return false;
        const known = [item.drainByMs, deadlineAtMs].filter((ms) => ms !== undefined);
        put({ ...item, drain: true, ...(known.length === 0 ? {} : { drainByMs: Math.min(...known) }) });
        return true;
      }),
    leave: (id) => faults.run("fleet.leave", () => drop(id)),
  };
}

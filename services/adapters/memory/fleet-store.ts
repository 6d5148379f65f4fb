import { isDeepStrictEqual } from "node:util";
import type { InboxEntry, WorkerItem } from "../../contract/fleet.ts";
import type { WorkerId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { shardOf } from "../../contract/tables.ts";
import type { Clock } from "../../ports/clock.ts";
import type { FleetStore } from "../../ports/fleet-store.ts";
import type { Faults } from "./faults.ts";

const holds = (entries: readonly InboxEntry[], one: InboxEntry): boolean =>
  entries.some((entry) => isDeepStrictEqual(entry, one));

/** Worker items in a map; tombstones are taken away once their time is over on the given clock. */
export function memoryFleetStore(faults: Faults, clock: Clock): FleetStore {
  const items = new Map<WorkerId, WorkerItem>();
  const present = (id: WorkerId): WorkerItem | undefined => {
    const item = items.get(id);
    if (item?.buriedAtMs !== undefined && item.buriedAtMs + limits.tombstoneMs <= clock.nowMs()) items.delete(id);
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
        items.set(beat.workerId, { ...beat, drain, ...by, inbox });
        return { kind: "alive", drain, ...by, inbox: [...inbox] };
      }),
    workers: (shard) =>
      faults.run("fleet.workers", () =>
        [...items.keys()]
          .filter((id) => shardOf(id, limits.fleetShards) === shard)
          .flatMap((id) => structuredClone(present(id)) ?? []),
      ),
    worker: (id) => faults.run("fleet.worker", () => structuredClone(present(id))),
    notify: (id, entry) =>
      faults.run("fleet.notify", () => {
        const item = alive(id);
        if (item === undefined) return "absent";
        if (holds(item.inbox, entry)) return "delivered";
        if (item.inbox.length >= limits.inboxEntries) return "full";
        items.set(id, { ...item, inbox: [...item.inbox, { ...entry }] });
        return "delivered";
      }),
    bury: (id, seen, nowMs) =>
      faults.run("fleet.bury", () => {
        const item = alive(id);
        if (item === undefined || (seen !== "end-seen" && item.counter !== seen.counter)) return false;
        items.set(id, { ...item, buriedAtMs: nowMs });
        return true;
      }),
    requestDrain: (id, deadlineAtMs) =>
      faults.run("fleet.requestDrain", () => {
        const item = alive(id);
        if (item === undefined) return false;
        const known = [item.drainByMs, deadlineAtMs].filter((ms) => ms !== undefined);
        items.set(id, { ...item, drain: true, ...(known.length === 0 ? {} : { drainByMs: Math.min(...known) }) });
        return true;
      }),
    leave: (id) => faults.run("fleet.leave", () => void items.delete(id)),
  };
}

import type { MemoEntry, MemoKey } from "../../contract/memo.ts";
import { keys } from "../../contract/tables.ts";
import type { MemoStore } from "../../ports/memo-store.ts";
import type { Faults } from "./faults.ts";

/** Remembered answers in a map. Entries stay after their time, as long as a table may leave them. */
export function memoryMemoStore(faults: Faults): MemoStore {
  const entries = new Map<string, MemoEntry>();
  const of = (key: MemoKey) => keys.memo(key).pk;
  const isOf = (entry: MemoEntry | undefined, leader: string) => entry?.kind === "pending" && entry.leader === leader;
  return {
    read: (key) => faults.run("memo.read", () => entries.get(of(key))),
    lead: (key, lead, nowMs) =>
      faults.run("memo.lead", () => {
        const there = entries.get(of(key));
        if (there !== undefined && there.untilMs > nowMs && !isOf(there, lead.leader)) return false;
        entries.set(of(key), { kind: "pending", ...lead });
        return true;
      }),
    replace: (key, leader, entry) =>
      faults.run("memo.replace", () => {
        if (!isOf(entries.get(of(key)), leader)) return false;
        if (entry === undefined) entries.delete(of(key));
        else entries.set(of(key), entry);
        return true;
      }),
  };
}

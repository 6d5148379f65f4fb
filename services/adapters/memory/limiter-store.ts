/** Items of limit classes in a map. Its clock is the server's: what `serverDateMs` tells. */
import { keys, type LimitName } from "../../contract/tables.ts";
import type { Tally } from "../../core/breaker.ts";
import { moved, takes } from "../../core/limiter.ts";
import type { Clock } from "../../ports/clock.ts";
import type { BookWrite, LimiterStore, LimitItem, Seen } from "../../ports/limiter-store.ts";
import type { Faults } from "./faults.ts";

const ZERO = { requests: 0, input: 0, output: 0 };

function counted(item: LimitItem, { tallies, forget }: BookWrite): ReadonlyMap<number, Tally> {
  const all = new Map(item.tallies);
  for (const bucket of forget) all.delete(bucket);
  for (const [bucket, { calls, failures }] of tallies) {
    const before = all.get(bucket) ?? { calls: 0, failures: 0 };
    all.set(bucket, { calls: before.calls + calls, failures: before.failures + failures });
  }
  return all;
}

export function memoryLimiterStore(faults: Faults, clock: Clock): LimiterStore {
  const items = new Map<string, LimitItem>();
  const of = (name: LimitName) => keys.limit(name).pk;
  const seen = (name: LimitName): Seen => ({
    item: items.get(of(name)),
    serverDateMs: Math.floor(clock.nowMs() / 1_000) * 1_000,
  });
  return {
    read: (name) => faults.run("limiter.read", () => seen(name)),
    begin: (name, control) =>
      faults.run("limiter.begin", () => {
        if (!items.has(of(name))) items.set(of(name), { version: 1, control, positions: ZERO, tallies: new Map() });
        return seen(name);
      }),
    book: (name, version, write) =>
      faults.run("limiter.book", () => {
        const item = items.get(of(name));
        if (item === undefined || item.version !== version || !takes(item.positions, write.moves))
          return { kind: "refused", ...seen(name) };
        items.set(of(name), {
          ...item,
          positions: moved(item.positions, write.moves),
          tallies: counted(item, write),
        });
        return { kind: "booked", ...seen(name) };
      }),
    change: (name, version, control) =>
      faults.run("limiter.change", () => {
        const item = items.get(of(name));
        if (item === undefined || item.version !== version) return { kind: "refused", ...seen(name) };
        items.set(of(name), { ...item, version: version + 1, control });
        return { kind: "changed", ...seen(name) };
      }),
  };
}

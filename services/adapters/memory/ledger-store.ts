import { isDeepStrictEqual } from "node:util";
import type { Book, BookPage, LatePage, LedgerState, StoredCell } from "../../contract/costs.ts";
import { dayOf } from "../../core/books.ts";
import type { LedgerStore, Versioned } from "../../ports/ledger-store.ts";
import type { Faults } from "./faults.ts";
import { kept } from "./kept.ts";

const emptyPage = (owner: string, hour: number, writtenAtMs: number): BookPage => ({
  ...{ owner, hour, change: 0, top: 0, open: [], left: [], cells: [], writtenAtMs },
});

/** Books, late bookings and sheets in maps; nothing expires. */
export function memoryLedgerStore(faults: Faults): LedgerStore {
  const books = new Map<string, Book>();
  const lates = new Map<number, Versioned<LatePage>>();
  const hours = new Map<number, readonly StoredCell[]>();
  const days = new Map<string, readonly StoredCell[]>();
  let last: Versioned<LedgerState> | undefined;
  const keyOf = (owner: string, hour: number): string => `${hour} ${owner}`;
  const read = <T>(act: () => T): Promise<T> => faults.run("ledger.read", act);
  const write = <T>(act: () => T): Promise<T> => faults.run("ledger.write", act);
  const lateOf = (hour: number): Versioned<LatePage> =>
    lates.get(hour) ?? { version: 0, value: { keys: [], cells: [] } };
  return {
    keep: (page, complete) =>
      write(() => {
        const key = keyOf(page.owner, page.hour);
        const there = books.get(key);
        const book: Book = kept({ ...page, state: complete ? "COMPLETE" : "OPEN" });
        // A lost answer: what is there is what was to be written.
        if (there?.change === book.change && isDeepStrictEqual(there, book)) return "kept";
        if (there !== undefined && there.state !== "OPEN") return "sealed";
        if (there !== undefined && there.change > page.change) return "kept";
        books.set(key, book);
        return "kept";
      }),
    seal: (owner, hour, nowMs) =>
      write(() => {
        const key = keyOf(owner, hour);
        const there = books.get(key) ?? { ...emptyPage(owner, hour, nowMs), state: "OPEN" };
        if (there.state === "OPEN") books.set(key, { ...there, state: "SEALED", sealedAtMs: nowMs });
        return books.get(key) ?? there;
      }),
    complete: (owner, hour) =>
      write(() => {
        const there = books.get(keyOf(owner, hour));
        if (there?.state === "SEALED") books.set(keyOf(owner, hour), { ...there, state: "COMPLETE" });
      }),
    book: (owner, hour) => read(() => books.get(keyOf(owner, hour))),
    hour: (hour) =>
      read(() => ({ books: [...books.values()].filter((book) => book.hour === hour), late: lateOf(hour).value.cells })),
    late: (hour) => read(() => lateOf(hour)),
    changeLate: (hour, version, page) =>
      write(() => {
        if (lateOf(hour).version !== version) return false;
        lates.set(hour, { version: version + 1, value: kept(page) });
        return true;
      }),
    sheets: (day) =>
      read(() => ({ day: days.get(day), hours: new Map([...hours].filter(([hour]) => dayOf(hour) === day)) })),
    putHourSheet: (hour, cells) => write(() => void hours.set(hour, kept(cells))),
    putDaySheet: (day, cells) => write(() => void days.set(day, kept(cells))),
    state: () => read(() => last),
    changeState: (version, state) =>
      write(() => {
        if ((last?.version ?? 0) !== version) return false;
        last = { version: version + 1, value: kept(state) };
        return true;
      }),
  };
}

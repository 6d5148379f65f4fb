import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { dayOf, hoursOf } from "../../services/core/books.ts";
import type { LedgerStore } from "../../services/ports/ledger-store.ts";
import { aPage, aStoredCell } from "../support/costs.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

/** An hour of its own for each test, some years from now. */
const anHour = (): number => 600_000 + randomInt(300_000);

export function ledgerStoreContract(name: string, make: Make<Made<LedgerStore>>): void {
  describe(`LedgerStore: ${name}`, () => {
    let made: Made<LedgerStore>;
    let port: LedgerStore;
    beforeAll(async () => {
      made = await make();
      port = made.port;
    });
    afterAll(() => made.dispose());

    describe("books", () => {
      test("a page replaces the one before; others' books of the hour and other hours are apart", async () => {
        const page = aPage({ hour: anHour() });
        const other = aPage({ hour: page.hour });
        const more = { ...page, top: 7, open: [5], left: [2], cells: [aStoredCell({ spentMicroUsd: 99 })] };
        expect(await port.book(page.owner, page.hour)).toBeUndefined();
        for (const one of [page, other, more]) expect(await port.keep(one, false)).toBe("kept");
        expect(await port.book(page.owner, page.hour)).toEqual({ ...more, state: "OPEN" });
        const { books, late } = await port.hour(page.hour);
        expect(new Set(books)).toEqual(new Set([more, other].map((one) => ({ ...one, state: "OPEN" }))));
        expect(late).toEqual([]);
        expect((await port.hour(page.hour + 1)).books).toEqual([]);
      });

      test("a page that comes late replaces none that its owner wrote after it", async () => {
        const page = aPage({ hour: anHour(), change: 3 });
        const late = { ...page, change: 2, top: 1, open: [1], cells: [] };
        expect(await port.keep(page, false)).toBe("kept");
        expect(await port.keep(late, false)).toBe("kept");
        expect(await port.keep(late, true)).toBe("kept");
        expect(await port.book(page.owner, page.hour)).toEqual({ ...page, state: "OPEN" });
        const next = { ...page, change: 4, top: 8 };
        for (const one of [{ ...page, top: 7 }, next]) expect(await port.keep(one, false)).toBe("kept");
        expect(await port.book(page.owner, page.hour)).toEqual({ ...next, state: "OPEN" });
      });

      test("a page of any size is kept whole", async () => {
        const cells = Array.from({ length: limits.inlineBytes / 50 }, (_, i) => aStoredCell({ model: `model-${i}` }));
        const page = aPage({ hour: anHour(), cells });
        expect(await port.keep(page, false)).toBe("kept");
        expect((await port.book(page.owner, page.hour))?.cells).toEqual(cells);
      });

      test("a sealed book is as its owner left it, and its owner writes it no more", async () => {
        const page = aPage({ hour: anHour() });
        await port.keep(page, false);
        const sealed = { ...page, state: "SEALED", sealedAtMs: suiteTimeMs };
        expect(await port.seal(page.owner, page.hour, suiteTimeMs)).toEqual(sealed);
        expect(await port.keep({ ...page, top: 9 }, false)).toBe("sealed");
        expect(await port.keep({ ...page, top: 9 }, true)).toBe("sealed");
        expect(await port.seal(page.owner, page.hour, suiteTimeMs + 1)).toEqual(sealed);
        await port.complete(page.owner, page.hour);
        expect(await port.book(page.owner, page.hour)).toEqual({ ...sealed, state: "COMPLETE" });
      });

      test("sealing a book that was never written makes an empty one that stays", async () => {
        const page = aPage({ hour: anHour() });
        const sealed = await port.seal(page.owner, page.hour, suiteTimeMs);
        expect(sealed).toMatchObject({
          ...page,
          change: 0,
          top: 0,
          cells: [],
          writtenAtMs: suiteTimeMs,
          state: "SEALED",
        });
        expect(await port.keep(page, false)).toBe("sealed");
        expect((await port.hour(page.hour)).books).toEqual([sealed]);
      });

      test("a complete book is nobody's to seal or to write; writing the same again after a lost answer is no refusal", async () => {
        const page = aPage({ hour: anHour() });
        expect(await port.keep(page, true)).toBe("kept");
        expect(await port.keep(page, true)).toBe("kept");
        expect(await port.keep({ ...page, top: 2 }, false)).toBe("sealed");
        expect(await port.seal(page.owner, page.hour, suiteTimeMs)).toEqual({ ...page, state: "COMPLETE" });
        await port.complete(page.owner, page.hour + 1);
        expect(await port.book(page.owner, page.hour + 1)).toBeUndefined();
      });
    });

    describe("late bookings", () => {
      test("are changed by version: of two changes of one version one wins", async () => {
        const hour = anHour();
        const [first, second] = [1, 2].map((n) => ({
          keys: [`run/${n}`],
          cells: [aStoredCell({ spentMicroUsd: n })],
        }));
        expect(await port.late(hour)).toEqual({ version: 0, value: { keys: [], cells: [] } });
        if (first === undefined || second === undefined) throw new Error("two pages");
        expect(await port.changeLate(hour, 0, first)).toBe(true);
        expect(await port.changeLate(hour, 0, second)).toBe(false);
        expect(await port.late(hour)).toEqual({ version: 1, value: first });
        expect(await port.changeLate(hour, 1, second)).toBe(true);
        expect((await port.hour(hour)).late).toEqual(second.cells);
      });
    });

    describe("sheets", () => {
      test("of a day: its hours, and the whole day once it is closed", async () => {
        const day = dayOf(anHour());
        const [first = 0, second = 0] = hoursOf(day);
        expect(await port.sheets(day)).toEqual({ day: undefined, hours: new Map() });
        await port.putHourSheet(first, [aStoredCell()]);
        await port.putHourSheet(second, []);
        await port.putHourSheet(first, [aStoredCell({ calls: 3 })]);
        const hours = new Map([
          [first, [aStoredCell({ calls: 3 })]],
          [second, []],
        ]);
        expect(await port.sheets(day)).toEqual({ day: undefined, hours });
        await port.putDaySheet(day, [aStoredCell({ calls: 4 })]);
        expect((await port.sheets(day)).day).toEqual([aStoredCell({ calls: 4 })]);
      });
    });

    describe("state", () => {
      test("is there once it is made, and changed by version", async () => {
        expect(await port.state()).toBeUndefined();
        const state = { closedThrough: 5, learned: { 3: { hours: 2, meanMicroUsd: 70 } }, alarmedHour: 4 };
        expect(await port.changeState(0, state)).toBe(true);
        expect(await port.changeState(0, { ...state, closedThrough: 9 })).toBe(false);
        expect(await port.state()).toEqual({ version: 1, value: state });
        expect(await port.changeState(1, { closedThrough: 6, learned: {} })).toBe(true);
        expect(await port.state()).toEqual({ version: 2, value: { closedThrough: 6, learned: {} } });
      });
    });
  });
}

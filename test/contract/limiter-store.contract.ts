import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { keys, type LimitName } from "../../services/contract/tables.ts";
import type { Moves } from "../../services/core/limiter.ts";
import { firstControl, pause } from "../../services/core/rate-control.ts";
import type { BookWrite, LimiterStore, LimitItem } from "../../services/ports/limiter-store.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

const control = firstControl(generousRateLimit, 0, suiteTimeMs);
const stay = { kind: "ahead", from: Number.MIN_SAFE_INTEGER, add: 0 } as const;
const ahead = (from: number, add: number): Moves => ({
  requests: { kind: "ahead", from, add },
  input: stay,
  output: stay,
});
const behind = (below: number, to: number): Moves => ({ ...ahead(0, 0), requests: { kind: "behind", below, to } });
const write = (moves: Moves, more: Partial<BookWrite> = {}): BookWrite => ({
  moves,
  tallies: new Map(),
  forget: [],
  ...more,
});

/** `loseAnswer`: the next write happens, and its caller gets an error. */
export type LimiterMade = Made<LimiterStore> & { loseAnswer(): void };

export function limiterStoreContract(name: string, make: Make<LimiterMade>): void {
  describe(`LimiterStore: ${name}`, () => {
    let made: LimiterMade;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const aName = (): LimitName => ({ platform: "p", workspace: "w", limitClass: `class-${randomUUID()}` });
    const begun = async () => {
      const one = aName();
      const { item } = await made.port.begin(one, control);
      if (item === undefined) throw new Error("begin shows no item");
      return { one, item };
    };
    const itemOf = async (one: LimitName): Promise<LimitItem> => {
      const { item } = await made.port.read(one);
      if (item === undefined) throw new Error(`no item ${keys.limit(one).pk}`);
      return item;
    };

    test("an item that is not there is not shown; begin makes it once, and shows the first one to all", async () => {
      const one = aName();
      expect((await made.port.read(one)).item).toBeUndefined();
      const other = firstControl({ ...generousRateLimit, requestsPerMinute: 7 }, 0, suiteTimeMs);
      const shown = await Promise.all([made.port.begin(one, control), made.port.begin(one, other)]);
      const item = await itemOf(one);
      expect(item).toMatchObject({ version: 1, positions: { requests: 0, input: 0, output: 0 } });
      expect(shown.map(({ item: seen }) => seen)).toEqual([item, item]);
    });

    test("the server's date comes with answers, in whole seconds", async () => {
      const { one } = await begun();
      const { serverDateMs } = await made.port.read(one);
      expect(serverDateMs).toBeDefined();
      expect((serverDateMs ?? 1) % 1_000).toBe(0);
    });

    test("a booking shows the item after it: positions moved, calls counted", async () => {
      const { one } = await begun();
      const counted = new Map([[7, { calls: 3, failures: 1 }]]);
      const first = await made.port.book(
        one,
        1,
        write({ ...ahead(0, 5_000), input: { kind: "ahead", from: 0, add: -40 } }, { tallies: counted }),
      );
      expect(first.kind).toBe("booked");
      expect(first.item?.positions).toEqual({ requests: 5_000, input: -40, output: 0 });
      const second = await made.port.book(
        one,
        1,
        write(behind(6_000, 90_000), { tallies: new Map([[7, { calls: 2, failures: 0 }]]) }),
      );
      expect(second.item).toEqual(await itemOf(one));
      expect(second.item).toMatchObject({ version: 1, positions: { requests: 90_000, input: -40 } });
      expect([...(second.item?.tallies ?? [])]).toEqual([[7, { calls: 5, failures: 1 }]]);
    });

    test("a booking is refused by each of its conditions, changes nothing, and shows the item", async () => {
      const { one, item } = await begun();
      await made.port.book(one, 1, write(ahead(0, 1_000)));
      const wrong = [
        made.port.book(one, 1, write(ahead(1_001, 1))),
        made.port.book(one, 1, write(behind(1_000, 5))),
        made.port.book(one, 2, write(ahead(0, 1))),
        made.port.book(one, 1, write({ ...ahead(0, 1), output: { kind: "behind", below: 0, to: 9 } })),
      ];
      for (const answer of await Promise.all(wrong)) {
        expect(answer.kind).toBe("refused");
        expect(answer.item).toEqual({ ...item, positions: { requests: 1_000, input: 0, output: 0 } });
      }
    });

    test("of bookings at the same time each gets a place of its own", async () => {
      const { one } = await begun();
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => made.port.book(one, 1, write(ahead(0, 1_000)))),
      );
      const places = answers.map(({ item }) => item?.positions.requests ?? 0).toSorted((a, b) => a - b);
      expect(places).toEqual(Array.from({ length: 30 }, (_, i) => (i + 1) * 1_000));
    });

    test("a control record is replaced at its version only, and old bookings are refused then", async () => {
      const { one } = await begun();
      const next = pause(control, { untilMs: suiteTimeMs + 5_000, ramp: false, rampMs: 0 }, suiteTimeMs);
      const both = await Promise.all([made.port.change(one, 1, next), made.port.change(one, 1, control)]);
      expect(both.map(({ kind }) => kind).toSorted()).toEqual(["changed", "refused"]);
      const item = await itemOf(one);
      expect(both.map((answer) => answer.item)).toEqual([item, item]);
      expect(item.version).toBe(2);
      expect((await made.port.book(one, 1, write(ahead(0, 1)))).kind).toBe("refused");
      expect((await made.port.book(one, 2, write(ahead(0, 1)))).kind).toBe("booked");
    });

    test("counts of old times are forgotten on request", async () => {
      const { one } = await begun();
      const tally = { calls: 1, failures: 1 };
      await made.port.book(
        one,
        1,
        write(ahead(0, 1), {
          tallies: new Map([
            [1, tally],
            [2, tally],
          ]),
        }),
      );
      const { item } = await made.port.book(one, 1, write(ahead(0, 1), { forget: [1, 5] }));
      expect([...(item?.tallies ?? [])]).toEqual([[2, tally]]);
    });

    test("a write whose answer is lost is sent once: nothing is booked or corrected twice", async () => {
      const { one } = await begun();
      made.loseAnswer();
      await expect(made.port.book(one, 1, write(ahead(0, 1_000)))).rejects.toThrow();
      expect((await itemOf(one)).positions.requests).toBe(1_000);
    });

    test("items of other classes are not touched", async () => {
      const [{ one }, { one: other }] = [await begun(), await begun()];
      await made.port.book(one, 1, write(ahead(0, 1_000)));
      expect((await itemOf(other)).positions.requests).toBe(0);
    });
  });
}

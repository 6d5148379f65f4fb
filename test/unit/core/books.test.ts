import { describe, expect, test } from "vitest";
import { isEndMark, owedHolder } from "../../../services/contract/tables.ts";
import {
  dayOf,
  findBooking,
  hourOf,
  hourStartMs,
  hoursOf,
  judgeBooking,
  movedFromOutside,
  owesBooks,
} from "../../../services/core/books.ts";
import { aHead, aTimeMs } from "../../support/builders.ts";
import { aPage } from "../../support/costs.ts";
import { aWorkerId } from "../../support/ids.ts";

test("hours and days are those of UTC", () => {
  const hour = hourOf(Date.UTC(2026, 9, 1, 23, 59, 59, 999));
  expect([dayOf(hour), dayOf(hour + 1)]).toEqual(["2026-10-01", "2026-10-02"]);
  expect(hoursOf("2026-10-01").at(-1)).toBe(hour);
  expect(hoursOf("2026-10-01")).toHaveLength(24);
  expect(hourStartMs(hour)).toBe(Date.UTC(2026, 9, 1, 23));
});

describe("a booking and the page of its owner", () => {
  const page = aPage({ top: 9, open: [4], left: [6] });
  const cases = [
    { seq: 1, found: "in", open: "in", final: "in" },
    { seq: 9, found: "in", open: "in", final: "in" },
    { seq: 4, found: "open", open: "wait", final: "missing" },
    { seq: 10, found: "unwritten", open: "wait", final: "missing" },
    { seq: 6, found: "left", open: "missing", final: "missing" },
  ];
  test.for(cases)("$seq is $found: while the book is open $open, afterwards $final", ({ seq, found, open, final }) => {
    expect(findBooking(page, seq)).toBe(found);
    expect(judgeBooking({ ...page, state: "OPEN" }, seq)).toBe(open);
    for (const state of ["SEALED", "COMPLETE"] as const) expect(judgeBooking({ ...page, state }, seq)).toBe(final);
  });
});

describe("a run that others move", () => {
  const held = (more: object) => aHead({ state: "RUNNING", holder: aWorkerId(), dueAtMs: aTimeMs, ...more });
  const end = { guard: {}, set: { endedAtMs: aTimeMs }, remove: ["holder", "dueAtMs", "wakeId"] as const };
  const queue = { guard: {}, set: { state: "QUEUED" } } as const;

  test.for([
    { what: "waits for its first turn", head: aHead(), owes: false },
    { what: "waits, its turns are booked", head: aHead({ turn: 5 }), owes: false },
    { what: "was left with turns in no book", head: aHead({ turn: 5, unbooked: 1 }), owes: true },
    { what: "has doubts in no book", head: aHead({ possibleMicroUsd: 9, bookedPossibleMicroUsd: 8 }), owes: true },
    { what: "has its doubts booked", head: aHead({ possibleMicroUsd: 9, bookedPossibleMicroUsd: 9 }), owes: false },
    { what: "is held and has turns", head: held({ turn: 2 }), owes: true },
    { what: "is held and may be calling", head: held({ reservedMicroUsd: 5 }), owes: true },
    { what: "is held and did nothing", head: held({}), owes: false },
  ])("$what: its end is listed: $owes", ({ head, owes }) => {
    expect(owesBooks(head)).toBe(owes);
    const { set, remove } = movedFromOutside(head, end);
    expect(set.holder).toBe(owes ? owedHolder(head.runId) : undefined);
    expect(remove?.includes("holder")).toBe(!owes);
    expect(remove?.includes("wakeId")).toBe(true);
  });

  test("a held run with turns, and an ended one whose books may lack some, are marked when they are queued", () => {
    const marked = (head: ReturnType<typeof aHead>) => movedFromOutside(head, queue).set.unbooked;
    expect(marked(held({ turn: 2 }))).toBe(1);
    expect(marked(held({}))).toBeUndefined();
    const ended = aHead({ state: "FAILED", holder: "DONE#w_1#2", dueAtMs: aTimeMs });
    expect([isEndMark(ended.holder ?? ""), marked(ended)]).toEqual([true, 1]);
    const { holder: _, ...settled } = ended;
    expect(marked(settled)).toBeUndefined();
  });
});

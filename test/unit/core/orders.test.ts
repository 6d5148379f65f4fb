import { expect, test } from "vitest";
import type { ManualOrder } from "../../../services/contract/capacity.ts";
import { limits } from "../../../services/contract/limits.ts";
import { ordered } from "../../../services/core/capacity/orders.ts";

const nowMs = 1_800_000_000_000;
const saying = { by: "ann", nowMs };
const before: ManualOrder = { hold: false, floorSlots: 10, ceilingSlots: 50, by: "bob", atMs: nowMs - 1_000 };
const inMs = (ms: number) => new Date(nowMs + ms).toISOString();

test("what is not named stays; who spoke last gave the order", () => {
  expect(ordered(before, { floorSlots: 20 }, saying)).toEqual({
    kind: "order",
    what: "scale",
    order: { hold: false, floorSlots: 20, ceilingSlots: 50, by: "ann", atMs: nowMs },
  });
});

test("the end of an order stays until another is named", () => {
  const held: ManualOrder = { hold: true, by: "bob", atMs: nowMs - 1_000, untilMs: nowMs + 1_800_000 };
  expect(ordered(held, { floorSlots: 800 }, saying)).toMatchObject({
    order: { hold: true, floorSlots: 800, untilMs: nowMs + 1_800_000 },
  });
  const later = { floorSlots: 800, until: inMs(3_600_000) };
  expect(ordered(held, later, saying)).toMatchObject({ order: { hold: true, untilMs: nowMs + 3_600_000 } });
});

test("hold: false takes only the hold back, resume everything", () => {
  const held = { ...before, hold: true };
  expect(ordered(held, { hold: false }, saying)).toMatchObject({
    what: "resume",
    order: { hold: false, floorSlots: 10 },
  });
  expect(ordered(held, { resume: true }, saying)).toEqual({ kind: "order", what: "resume", order: undefined });
});

test("an order whose time is over lends nothing to the next", () => {
  const over = { ...before, untilMs: nowMs };
  expect(ordered(over, { hold: true }, saying)).toMatchObject({ order: { hold: true, by: "ann" } });
  expect(ordered(over, { hold: true }, saying)).not.toHaveProperty("order.floorSlots");
});

test.each([
  [{ floorSlots: 60 }, "floorSlots"],
  [{ ceilingSlots: 5 }, "floorSlots"],
  [{ hold: true, until: inMs(-1) }, "until"],
  [{ hold: true, until: inMs(limits.orderMaxMs + 1_000) }, "until"],
])("%j is wrong at %s", (said, field) => {
  expect(ordered(before, said, saying)).toMatchObject({ kind: "wrong", field, message: expect.any(String) });
});

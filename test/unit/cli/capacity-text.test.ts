import { expect, test } from "vitest";
import { capacityText, scalingEventsText } from "../../../services/cli/terminal/capacity-text.ts";
import { capacityView, scalingEventView } from "../../../services/contract/capacity-view.ts";

const nowMs = Date.parse("2026-10-01T09:00:10.000Z");
const capacity = capacityView.parse({
  ...{ decidedAt: "2026-10-01T09:00:00.000Z", policy: "backlog", acts: true, because: ["5 runs wait"] },
  slots: { need: 15, wanted: 15, running: 10, starting: 10 },
  pools: [
    { pool: "spot", min: 0, max: 9, desired: 1, target: 2, machines: 1, booting: 0, leaving: 0, slots: 10, active: 10 },
    { pool: "fargate", unknown: "Rate exceeded" },
  ],
  order: { hold: false, floorSlots: 5, by: "ann", since: "2026-10-01T08:00:00.000Z" },
});

test("pools, the decision with its reasons, the order; what is unknown says so and is no 0", () => {
  const text = capacityText(capacity, nowMs);
  expect(text).toMatch(/spot +1 +0 +0 +2 +0 +9 +10 +10/);
  expect(text).toMatch(/fargate +unknown.*unknown: Rate exceeded/);
  expect(text).toContain("decided 10s ago by backlog: 15 slots needed, 15 wanted, 10 there, 10 coming");
  expect(text).toContain("  5 runs wait");
  expect(text).toContain("order: at least 5 slots, ordered by ann");
});

test("something unknown: everything holds", () => {
  const { slots: _, ...rest } = capacity;
  expect(capacityText(rest, nowMs)).toContain("everything holds");
});

test("the history says what changed and why", () => {
  const at = "2026-10-01T09:00:00.000Z";
  const events = [
    { id: "3", at, kind: "target", pool: "spot", from: 1, to: 4, because: ["a burst"] },
    { id: "2", at, kind: "target", pool: "spot", from: 4, to: 4, drained: 2, because: [] },
    { id: "1", at, kind: "order", what: "hold", by: "ann", because: [] },
  ].map((event) => scalingEventView.parse(event));
  const text = scalingEventsText(events, nowMs);
  expect(text).toMatch(/10s ago +spot +1 -> 4 +a burst/);
  expect(text).toContain("2 drained");
  expect(text).toContain("hold by ann");
  expect(scalingEventsText([], nowMs)).toBe("nothing was scaled yet");
});

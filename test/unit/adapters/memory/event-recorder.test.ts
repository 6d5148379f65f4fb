import { expect, test } from "vitest";
import { eventRecorder } from "../../../../services/adapters/memory/event-recorder.ts";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { aTimeMs } from "../../../support/builders.ts";

const ready = (pid: number) => ["process.ready", { role: "worker", pid }] as const;

test("an event that came already, or comes later, ends the wait at once", async () => {
  const clock = manualClock(aTimeMs);
  const events = eventRecorder(clock);
  events.emit(...ready(1));
  expect(await events.waitFor("process.ready")).toEqual({ role: "worker", pid: 1 });
  const later = events.waitFor("process.ready", ({ pid }) => pid === 3);
  events.emit(...ready(2));
  events.emit(...ready(3));
  expect(await later).toEqual({ role: "worker", pid: 3 });
  expect(clock.sleeping).toBe(0);
  expect(events.of("process.ready").map(({ pid }) => pid)).toEqual([1, 2, 3]);
});

test("an event that does not come is an error that says what came, after the bound", async () => {
  const clock = manualClock(aTimeMs);
  const events = eventRecorder(clock);
  events.emit(...ready(1));
  const waiting = events.waitFor("run.ended", () => true, 2_000).catch(String);
  await clock.advance(2_000);
  expect(await waiting).toBe("Error: no event run.ended within 2000 ms; seen: process.ready");
});

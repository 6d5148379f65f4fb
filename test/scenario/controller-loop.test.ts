/** A pass that is asked for begins when the most pressing of those who asked wants it. */
import { expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { Loop } from "../../services/controller/loop.ts";
import { aTimeMs } from "../support/builders.ts";

test("a kick that wants the next pass sooner shortens the rest of one before it, a later one does not lengthen it", async () => {
  const clock = manualClock(aTimeMs);
  const { events } = memoryWorld({ clock });
  const atMs: number[] = [];
  const pass = async () => void atMs.push(clock.monotonicMs());
  const loop = new Loop({ operation: "controller.scale", everyMs: 10_000, clock, events, pass });
  const over = new AbortController();
  const run = loop.run(over.signal);
  await clock.advance(100);
  loop.kick(2_000);
  await clock.advance(100);
  loop.kick(3_000);
  loop.kick(500);
  await clock.advance(200);
  expect(atMs).toEqual([0]);
  await clock.advance(200);
  expect(atMs).toEqual([0, 500]);
  loop.kick(2_000);
  await clock.advance(10);
  loop.kick();
  await clock.advance(1);
  expect(atMs).toEqual([0, 500, 610]);
  over.abort();
  await run;
});

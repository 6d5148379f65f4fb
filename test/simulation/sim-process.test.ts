/** What the checks believe of a process: what disturbed it, and how long it was silent. */
import { expect, test } from "vitest";
import { SimProcess } from "./engine/sim-process.ts";
import { VirtualTime } from "./engine/virtual-time.ts";

const who = { kind: "worker", name: "w", number: 1 } as const;

function aProcess() {
  const time = new VirtualTime();
  return { time, process: new SimProcess(time, who, { offsetMs: 0, speed: 1 }) };
}

test("a clock that is set disturbs a drain under way, and not the process for ever", () => {
  const { process } = aProcess();
  process.setClock(60_000);
  expect([process.disturbed, process.disturbedSinceNotice]).toEqual([0, 1]);
  process.pause();
  expect([process.disturbed, process.disturbedSinceNotice]).toEqual([1, 2]);
});

test("the sleep of its machine is silence, though its monotonic clock stood still", () => {
  const { time, process } = aProcess();
  const sent = process.moment();
  process.fallAsleep();
  time.nowMs += 30_000;
  process.resume();
  time.nowMs += 1_000;
  expect(process.clock.monotonicMs()).toBe(1_000);
  expect(process.sinceMs(sent)).toBe(31_000);
});

test("sleep that its wall clock was set back by is seen by none of its clocks", () => {
  const { time, process } = aProcess();
  const sent = process.moment();
  process.fallAsleep();
  time.nowMs += 30_000;
  process.resume();
  process.setClock(-20_000);
  expect(process.sinceMs(sent)).toBe(10_000);
  process.setClock(-60_000);
  expect(process.sinceMs(sent)).toBe(0);
  process.setClock(60_000);
  expect(process.sinceMs(sent)).toBe(30_000);
});

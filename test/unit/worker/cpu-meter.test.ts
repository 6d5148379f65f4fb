import { expect, test } from "vitest";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { cpuGauge } from "../../../services/adapters/system/cpu-gauge.ts";
import { limits } from "../../../services/contract/limits.ts";
import { CpuMeter } from "../../../services/worker/cpu-meter.ts";

/** A process that is so busy from one beat to the next; gives what its beats say. */
async function beats(...percents: readonly number[]): Promise<readonly (number | undefined)[]> {
  const clock = manualClock(0);
  let usedMs = 5_000;
  const meter = new CpuMeter({ cpu: { usedMs: () => usedMs }, clock });
  const said = [meter.say().cpuPercent];
  for (const percent of percents) {
    await clock.advance(limits.heartbeatMs);
    usedMs += (limits.heartbeatMs * percent) / 100;
    said.push(meter.say().cpuPercent);
  }
  return said;
}
const times = (n: number, percent: number): number[] => Array.from({ length: n }, () => percent);

test("the first beat says nothing, the second what was used since", async () => {
  expect(await beats(40)).toEqual([undefined, 40]);
});

test("one busy beat is a small part of a minute; a busy minute is known whole", async () => {
  expect((await beats(...times(11, 0), 100)).at(-1)).toBeLessThan(20);
  expect((await beats(...times(30, 0), ...times(12, 90))).at(-1)).toBe(90);
  expect((await beats(...times(30, 90), ...times(12, 2))).at(-1)).toBe(2);
});

test("who does not measure says nothing", () => {
  expect(new CpuMeter({ clock: manualClock(0) }).say()).toEqual({});
});

test("the process's CPU, in milliseconds", () => {
  expect(cpuGauge({ cpuUsage: () => ({ user: 1_500, system: 500 }) }).usedMs()).toBe(2);
});

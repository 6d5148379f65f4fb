import { expect, test } from "vitest";
import type { WorkerItem } from "../../../../services/contract/fleet.ts";
import { fleetCpu } from "../../../../services/core/capacity/fleet-cpu.ts";
import { aBeat } from "../../../support/builders.ts";
import { NOON } from "../../../support/capacity.ts";

const worker = (over: Partial<WorkerItem>): WorkerItem => ({
  ...aBeat({ mode: "RUNNING" }),
  ...{ drain: false, inbox: [] },
  ...over,
});

test("the mean of the workers that take runs", () => {
  const workers = [
    worker({ cpuPercent: 90 }),
    worker({ cpuPercent: 0 }),
    worker({ cpuPercent: 100, mode: "CORDONED" }),
    worker({ cpuPercent: 100, drain: true }),
    worker({ cpuPercent: 100, buriedAtMs: NOON }),
  ];
  expect(fleetCpu(workers, NOON)).toEqual({ kind: "known", atMs: NOON, value: { percent: 45 } });
});

test("who has beaten once cannot say yet, and is left out", () => {
  const first = worker({ counter: 0 });
  expect(fleetCpu([worker({ cpuPercent: 20 }), first], NOON)).toMatchObject({ value: { percent: 20 } });
  expect(fleetCpu([first], NOON)).toEqual({ kind: "unknown", because: "the workers have just begun" });
});

test("few that do not say lie between idle and fully busy; many make it unknown, not idle", () => {
  const three = Array.from({ length: 3 }, () => worker({ cpuPercent: 20 }));
  expect(fleetCpu([...three, worker({})], NOON)).toEqual({
    ...{ kind: "known", atMs: NOON, value: { percent: 15, mostPercent: 40 } },
  });
  expect(fleetCpu([worker({ cpuPercent: 0 }), worker({}), worker({})], NOON)).toEqual({
    ...{ kind: "unknown", because: "2 of 3 workers do not say theirs" },
  });
});

test("without workers there is none", () => {
  expect(fleetCpu([], NOON)).toEqual({ kind: "none" });
  expect(fleetCpu([worker({ buriedAtMs: NOON })], NOON)).toEqual({ kind: "none" });
});

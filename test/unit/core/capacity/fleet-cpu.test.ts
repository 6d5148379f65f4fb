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

test("one that does not say makes it unknown, not idle", () => {
  expect(fleetCpu([worker({ cpuPercent: 90 }), worker({})], NOON)).toEqual({
    ...{ kind: "unknown", because: "1 of 2 workers do not say theirs" },
  });
});

test("without workers there is none", () => {
  expect(fleetCpu([], NOON)).toEqual({ kind: "none" });
  expect(fleetCpu([worker({ buriedAtMs: NOON })], NOON)).toEqual({ kind: "none" });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { planMachine } from "../../../services/core/machine-plan.ts";

const GIB = 1_024 ** 3;
const wish = { slotsPerVcpu: limits.slotsPerVcpu, vcpuPerProcess: limits.vcpuPerProcess };

test.each([
  ["r6g.large", 2, 16, 1, 16],
  ["c6g.xlarge", 4, 8, 2, 16],
  ["c6g.2xlarge", 8, 16, 4, 16],
  ["c6g.4xlarge", 16, 32, 8, 16],
  ["a Fargate task", 1, 2, 1, 8],
] as const)("%s (%i vCPU, %i GiB): %i processes with %i slots", (_, vcpu, gib, processes, slots) => {
  expect(planMachine({ vcpu, memoryBytes: gib * GIB }, wish)).toMatchObject({ processes, slots });
});

test("the capacity plan for 10,000 runs has room for them", () => {
  const machine = planMachine({ vcpu: 8, memoryBytes: 16 * GIB }, wish);
  const task = planMachine({ vcpu: 1, memoryBytes: 2 * GIB }, wish);
  expect(180 * machine.processes * machine.slots + 200 * task.processes * task.slots).toBeGreaterThan(10_000);
});

describe("of any machine", () => {
  const machines = fc.record({
    vcpu: fc.integer({ min: 1, max: 192 }),
    memoryBytes: fc.integer({ min: GIB, max: 1_536 * GIB }),
  });
  const wishes = fc.record({
    slotsPerVcpu: fc.integer({ min: 1, max: 1_000 }),
    vcpuPerProcess: fc.integer({ min: 1, max: 16 }),
  });

  test("heaps of all processes stay within the share of its memory", () => {
    fc.assert(
      fc.property(machines, wishes, (machine, wanted) => {
        const { processes, heapMiB } = planMachine(machine, wanted);
        const share = machine.memoryBytes * limits.memoryShare;
        expect(processes * heapMiB * 1_024 ** 2 <= share || heapMiB === limits.heapLeastMiB).toBe(true);
      }),
    );
  });

  test("slots never exceed what CPU or memory allow, and there is always one", () => {
    fc.assert(
      fc.property(machines, wishes, (machine, wanted) => {
        const { processes, slots } = planMachine(machine, wanted);
        expect(slots).toBeGreaterThanOrEqual(1);
        if (slots === 1) return;
        expect(processes * slots).toBeLessThanOrEqual(machine.vcpu * wanted.slotsPerVcpu);
        expect(processes * (limits.workerBytes + slots * limits.slotBytes)).toBeLessThanOrEqual(
          machine.memoryBytes * limits.memoryShare,
        );
      }),
    );
  });

  test("more memory never means fewer slots", () => {
    fc.assert(
      fc.property(machines, wishes, fc.integer({ min: 0, max: 64 * GIB }), (machine, wanted, more) => {
        const larger = planMachine({ ...machine, memoryBytes: machine.memoryBytes + more }, wanted);
        expect(larger.slots).toBeGreaterThanOrEqual(planMachine(machine, wanted).slots);
      }),
    );
  });
});

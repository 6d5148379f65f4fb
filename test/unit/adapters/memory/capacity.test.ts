import { expect, test } from "vitest";
import { memoryCapacity, type PoolTrouble } from "../../../../services/adapters/memory/capacity.ts";
import { faults } from "../../../../services/adapters/memory/faults.ts";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { aTimeMs } from "../../../support/builders.ts";

const troubles: PoolTrouble[] = [{ kind: "drought", room: 0 }, { kind: "quota" }];

test.each(troubles)("a machine that was lost during a $kind is replaced when it is over, as groups do", (trouble) => {
  const pools = { "on-demand": { min: 2, max: 2, desired: 2 } };
  const capacity = memoryCapacity(faults(), manualClock(aTimeMs), { pools });
  const [first, second] = capacity.machines;
  if (first === undefined || second === undefined) throw new Error("the pool starts with its two machines");
  capacity.trouble("on-demand", trouble);
  capacity.lose(first.id);
  expect(capacity.machines.map(({ id }) => id)).toEqual([second.id]);
  capacity.trouble("on-demand", undefined);
  expect(capacity.machines).toHaveLength(2);
  expect(capacity.machines.map(({ id }) => id)).not.toContain(first.id);
});

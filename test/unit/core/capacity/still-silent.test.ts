import { expect, test } from "vitest";
import { machineId } from "../../../../services/contract/capacity.ts";
import { stillSilent } from "../../../../services/core/capacity/still-silent.ts";
import { known } from "../../../support/capacity.ts";

const [old, other] = [machineId.parse("i-1"), machineId.parse("i-2")];
const seen = (id: typeof old) => ({ id, launchedAtMs: 0, kind: "silent" as const, sinceMs: 0 });
const replaced = {
  pool: "spot" as const,
  machines: 2,
  cordon: [],
  drain: [],
  end: [old],
  because: [{ kind: "drained" as const, pool: "spot" as const, machines: 1 }],
};

test.each([
  { max: 2, machines: 2 },
  { max: 3, machines: 3 },
  { max: 1, machines: 2 },
])("a machine that is spared takes a place: of at most $max there are to be $machines", ({ max, machines }) => {
  const value = { pool: "spot" as const, min: 0, max, desired: 2, machines: [seen(old), seen(other)] };
  expect(stillSilent([replaced], undefined, [{ pool: "spot", state: known(value) }])).toEqual([
    { ...replaced, end: [], machines },
  ]);
});

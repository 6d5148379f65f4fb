/** Ids or a filter: what belongs to the one is refused beside the other, and named. */
import { expect, test } from "vitest";
import { assertEitherOr } from "../../../services/cli/by-filter.ts";
import { UsageFailure } from "../../../services/cli/failure.ts";

const of = (ids: readonly string[], options: Parameters<typeof assertEitherOr>[1]) => () =>
  assertEitherOr(ids, options);

test.each([
  [{ rate: "1" }, "--rate"],
  [{ reason: "deadline" }, "--reason"],
  [{ agent: "echo" }, "--agent"],
  [{ state: "DEAD", tenant: "acme" }, "--state and --tenant"],
  [{ rate: "1", reason: "deadline", agent: "echo" }, "--agent, --reason and --rate"],
])("beside ids %j is refused by name", (options, named) => {
  expect(of(["run_a"], options)).toThrow(UsageFailure);
  expect(of(["run_a"], options)).toThrow(`${named} `);
});

test("without ids a filter needs a state", () => {
  expect(of([], { agent: "echo", rate: "5" })).toThrow(UsageFailure);
  expect(of([], { state: "DEAD", rate: "5", reason: "deadline" })).not.toThrow();
});

test("ids alone are enough", () => {
  expect(of(["run_a"], {})).not.toThrow();
});

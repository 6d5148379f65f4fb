import fc from "fast-check";
import { expect, test } from "vitest";
import { Refusal } from "../../../services/cli/failure.ts";
import { failureJson, failureText } from "../../../services/cli/terminal/failure-text.ts";
import { styleFor } from "../../../services/cli/terminal/style.ts";
import { table } from "../../../services/cli/terminal/table.ts";
import { duration, parseDuration, parseUsd, usd } from "../../../services/cli/terminal/units.ts";

const writer = (isTTY: boolean) => ({ isTTY, write: () => {} });

test("colours only on a terminal that wants them", () => {
  expect(styleFor(writer(true), {})("good", "x")).toContain("\x1b[");
  expect(styleFor(writer(false), {})("good", "x")).toBe("x");
  expect(styleFor(writer(true), { NO_COLOR: "1" })("good", "x")).toBe("x");
  expect(styleFor(writer(true), { TERM: "dumb" })("good", "x")).toBe("x");
});

test("columns stand under their titles whatever colours they have", () => {
  const text = table(
    [
      { title: "A", cell: (row: { a: string; n: number }) => row.a },
      { title: "N", cell: (row) => String(row.n), align: "right" },
    ],
    [
      { a: "\x1b[32mlong\x1b[39m", n: 1 },
      { a: "x", n: 100 },
    ],
  );
  expect(text.replaceAll("\x1b[32m", "").replaceAll("\x1b[39m", "")).toBe("A       N\nlong    1\nx     100");
});

test("times and amounts are read with their unit or not at all", () => {
  expect(["90s", "15m", "1.5h", "2d", "500ms"].map(parseDuration)).toEqual([
    90_000, 900_000, 5_400_000, 172_800_000, 500,
  ]);
  expect(["90", "1x", "", "-5s", "s"].map(parseDuration)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(["0.5", "$2", "0.000001"].map(parseUsd)).toEqual([500_000, 2_000_000, 1]);
  expect(["0", "-1", "a", "", "1e3"].map(parseUsd)).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("amounts that are shown can be given back", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 9_999 }), (micro) => parseUsd(usd(micro)) === micro));
});

test("durations read well", () => {
  expect([0, 999, 1_500, 59_600, 95_000, 3_600_000].map(duration)).toEqual([
    "0ms",
    "999ms",
    "1.5s",
    "1m 0s",
    "1m 35s",
    "1h 0m",
  ]);
});

test("a problem document is shown with its fields, for people and for scripts", () => {
  const errors = [{ field: "runs[0].input.text", message: "is missing; give a value of type string" }];
  const refusal = new Refusal({
    type: "t",
    title: "Wrong input",
    status: 422,
    detail: "1 mistake",
    code: "invalid-input",
    errors,
  });
  const text = failureText(refusal, (_tone, part) => part);
  expect(text).toContain("1 mistake");
  expect(text).toContain("runs[0].input.text: is missing");
  expect(failureJson(refusal)).toEqual({ error: { code: "invalid-input", message: "1 mistake", status: 422, errors } });
});

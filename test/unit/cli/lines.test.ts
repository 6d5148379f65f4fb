import { expect, test } from "vitest";
import { cliLimits } from "../../../services/cli/bounds.ts";
import { UsageFailure } from "../../../services/cli/failure.ts";
import { replaceRefs } from "../../../services/cli/submit/file-refs.ts";
import { readLines, runOf } from "../../../services/cli/submit/lines.ts";

const noFiles = (path: string): string => {
  throw new Error(`$file ${path}: ENOENT`);
};
const failureOf = (text: string, agent: string | undefined = "echo"): UsageFailure => {
  try {
    readLines({ name: "f.jsonl", text }, { agent }, noFiles);
  } catch (error) {
    if (error instanceof UsageFailure) return error;
  }
  throw new Error("the lines were taken");
};

test("a line with the key input is a run and overrides the flags; anything else is the input", () => {
  const text = '{"question":"?"}\n{"input":{"input":1},"lane":"high"}\n"plain"\n';
  const lines = readLines({ name: "f.jsonl", text }, { agent: "echo", lane: "low" }, noFiles);
  expect(lines.map(({ line, run }) => [line, run.input, run.lane])).toEqual([
    [1, { question: "?" }, "low"],
    [2, { input: 1 }, "high"],
    [3, "plain", "low"],
  ]);
});

test("empty lines, Windows line ends and a byte order mark are taken; numbers stay those of the file", () => {
  const lines = readLines({ name: "f.jsonl", text: "\uFEFF1\r\n\r\n2\r\n" }, { agent: "echo" }, noFiles);
  expect(lines.map(({ line, run }) => [line, run.input])).toEqual([
    [1, 1],
    [3, 2],
  ]);
});

test("wrong lines are named with their numbers, the first ones in full and the rest counted", () => {
  const failure = failureOf(`${"{\n".repeat(cliLimits.errorsShown + 3)}1`);
  expect(failure.message).toContain("f.jsonl:1: ");
  expect(failure.message.split("\n").length).toBe(cliLimits.errorsShown + 1);
  expect(failure.message).toContain("and 3 more");
});

test.each([
  ['{"input":1,"colour":"red"}', /colour/],
  ['{"input":1,"budgetMicroUsd":0}', /budgetMicroUsd/],
  ['{"input":1,"agent":"Not A Name"}', /agent/],
  ['{"a":{"$file":"missing.txt"}}', /missing\.txt/],
])("%s is wrong", (line, says) => {
  expect(failureOf(line).message).toMatch(says);
});

test("a file without runs is refused, and a line without an agent", () => {
  expect(failureOf("\n \n").message).toContain("no runs");
  const none = runOf({ a: 1 }, {});
  expect(none).toHaveProperty("wrong", expect.stringContaining("--agent"));
});

test("$file is replaced wherever it stands alone, and only there", () => {
  const texts = (path: string) => `<${path}>`;
  const value = { a: [{ $file: "x" }], b: { $file: "y", more: 1 }, c: { $file: 3 } };
  expect(replaceRefs(value, texts)).toEqual({ a: ["<x>"], b: { $file: "y", more: 1 }, c: { $file: 3 } });
});

test("depth is bounded", () => {
  const deep = JSON.parse(`${"[".repeat(cliLimits.refDepth + 2)}${"]".repeat(cliLimits.refDepth + 2)}`);
  expect(() => replaceRefs(deep, noFiles)).toThrow(/deeper/);
});

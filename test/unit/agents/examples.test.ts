import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { documentOf } from "../../../services/agents/documents/document.ts";
import { documentsInput } from "../../../services/agents/documents/input.ts";
import { searchLines } from "../../../services/agents/documents/search.ts";
import research from "../../../services/agents/research.ts";
import summarize from "../../../services/agents/summarize.ts";
import { replaceRefs } from "../../../services/cli/submit/file-refs.ts";
import { limits } from "../../../services/contract/limits.ts";

const folder = new URL("../../../examples/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const linesOf = (path: string): unknown[] =>
  read(path)
    .trimEnd()
    .split("\n")
    .map((line) => replaceRefs(JSON.parse(line), read));

const questions = linesOf("questions.jsonl");
const answers = z
  .array(z.strictObject({ question: z.string(), document: z.string(), contains: z.string() }))
  .parse(linesOf("answers.jsonl"));
const names = readdirSync(new URL("documents/", folder));

test("there are at least 12 documents of 60 to 150 lines, each line at most 100 characters, each one asked about", () => {
  expect(names.length).toBeGreaterThanOrEqual(12);
  for (const name of names) {
    const { lines } = documentOf(name, read(`documents/${name}`));
    expect(lines.length, name).toBeGreaterThanOrEqual(60);
    expect(lines.length, name).toBeLessThanOrEqual(150);
    expect(
      lines.filter((line) => line.length > 100),
      name,
    ).toEqual([]);
  }
  const asked = questions.flatMap((input) => documentsInput.parse(input).documents.map(({ name }) => name));
  expect(names.filter((name) => !asked.includes(name))).toEqual([]);
});

test("there are 100 different questions, each of two to four documents, with an answer each", () => {
  const parsed = questions.map((input) => documentsInput.parse(input));
  expect(parsed.length).toBe(100);
  expect(new Set(parsed.map(({ question }) => question)).size).toBe(100);
  expect(answers.map(({ question }) => question)).toEqual(parsed.map(({ question }) => question));
});

describe("each question", () => {
  test.each(answers.map((answer, i) => ({ ...answer, input: questions[i] })))("$question", (example) => {
    expect(research.input.safeParse(example.input).error).toBeUndefined();
    expect(JSON.stringify(example.input).length).toBeLessThan(limits.bodyBytes);
    const { question, documents } = documentsInput.parse(example.input);
    expect(documents.length).toBeGreaterThanOrEqual(2);
    expect(documents.length).toBeLessThanOrEqual(4);
    const { places } = searchLines(
      documents.map(({ name, text }) => documentOf(name, text)),
      question,
    );
    const found = places.filter(
      ({ document, text }) => document === example.document && text.includes(example.contains),
    );
    expect(found.length, "the search for the question finds the line that answers it").toBeGreaterThan(0);
  });
});

test("there are 20 texts that summarize takes", () => {
  const texts = linesOf("texts.jsonl");
  expect(texts.length).toBe(20);
  for (const input of texts) expect(summarize.input.safeParse(input).error).toBeUndefined();
});

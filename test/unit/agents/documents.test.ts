import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentOf, LINE_CHARS, pick, renderPlace } from "../../../services/agents/documents/document.ts";
import { READ_LINES, readLines } from "../../../services/agents/documents/read.ts";
import { countLines, SEARCH_HITS, searchLines, wordsOf } from "../../../services/agents/documents/search.ts";

const log = documentOf("log.txt", "The tide rose.\nTwo gulls sat on the pier.\nThe pier is dark.\nNo tides today.\n");
const pies = documentOf("pies.txt", "Herring pie.\nPier cake, with a gull on top.");

describe("a document", () => {
  test.each([
    { text: "a\nb", lines: ["a", "b"] },
    { text: "a\r\nb\r\n", lines: ["a", "b"] },
    { text: "a\n\nb\n", lines: ["a", "", "b"] },
    { text: "a", lines: ["a"] },
    { text: "\n", lines: [""] },
  ])("$text has lines $lines", ({ text, lines }) => {
    expect(documentOf("d", text).lines).toEqual(lines);
  });

  test("a long line is cut off visibly", () => {
    const shown = renderPlace({ document: "d", line: 7, text: "x".repeat(LINE_CHARS + 1) });
    expect(shown).toBe(`d:7: ${"x".repeat(LINE_CHARS)}…`);
  });

  test("an unknown name tells which names there are", () => {
    expect(() => pick([log, pies], "cakes.txt")).toThrow('no document "cakes.txt"; there are: log.txt, pies.txt');
  });
});

describe("reading", () => {
  const numbered = (lines: number) =>
    documentOf("n", Array.from({ length: lines }, (_, i) => `line ${i + 1}`).join("\n"));

  test.each([
    { from: 1, to: undefined, first: 1, last: 4, next: undefined },
    { from: 2, to: 3, first: 2, last: 3, next: undefined },
    { from: 4, to: 99, first: 4, last: 4, next: undefined },
  ])("lines $from to $to of four", ({ from, to, first, last, next }) => {
    const { places, next: more } = readLines(log, from, to);
    expect([places.at(0)?.line, places.at(-1)?.line, more]).toEqual([first, last, next]);
  });

  test.each([
    { from: 5, to: undefined, error: /4 lines; line 5 is behind its end/ },
    { from: 3, to: 2, error: /range 3-2 is empty/ },
  ])("lines $from to $to are refused", ({ from, to, error }) => {
    expect(() => readLines(log, from, to)).toThrow(error);
  });

  test("following `next` reads every line once, in order, whatever the length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 * READ_LINES + 5 }), (length) => {
        const document = numbered(length);
        const seen: string[] = [];
        for (let from: number | undefined = 1; from !== undefined; ) {
          const excerpt = readLines(document, from);
          expect(excerpt.places.length).toBeLessThanOrEqual(READ_LINES);
          seen.push(...excerpt.places.map(({ text }) => text));
          from = excerpt.next;
        }
        expect(seen).toEqual(document.lines);
      }),
    );
  });
});

describe("searching", () => {
  test.each([
    { query: "tide", found: ["log.txt:1", "log.txt:4"] },
    { query: "Tides", found: ["log.txt:1", "log.txt:4"] },
    { query: "the gull on the pier", found: ["log.txt:2", "pies.txt:2", "log.txt:3", "log.txt:1"] },
    { query: "pie", found: ["pies.txt:1", "log.txt:2", "log.txt:3", "pies.txt:2"] },
    { query: "whale", found: [] },
    { query: "?!", found: [] },
  ])("$query finds $found", ({ query, found }) => {
    expect(searchLines([log, pies], query).places.map(({ document, line }) => `${document}:${line}`)).toEqual(found);
  });

  const word = fc.constantFrom("tide", "gull", "pier", "oil", "lamp", "fog");
  const anyDocument = fc
    .array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 60 })
    .map((lines) => documentOf("any", lines.map((words) => words.join(" ")).join("\n")));

  test("every hit exists, holds a word of the query and comes once; hits and rest are all lines that do", () => {
    fc.assert(
      fc.property(anyDocument, fc.array(word, { minLength: 1, maxLength: 3 }), (document, words) => {
        const { places, more } = searchLines([document], words.join(" "));
        for (const { line, text } of places) {
          expect(document.lines[line - 1]).toBe(text);
          expect(words.some((wanted) => wordsOf(text).includes(wanted))).toBe(true);
        }
        expect(new Set(places.map(({ line }) => line)).size).toBe(places.length);
        expect(places.length).toBeLessThanOrEqual(SEARCH_HITS);
        const matching = document.lines.filter((line) => words.some((wanted) => line.split(" ").includes(wanted)));
        expect(places.length + more).toBe(matching.length);
      }),
    );
  });

  test("counting finds the lines that hold every word", () => {
    fc.assert(
      fc.property(anyDocument, fc.uniqueArray(word, { minLength: 1, maxLength: 3 }), (document, words) => {
        const expected = document.lines.filter((line) => words.every((wanted) => line.split(" ").includes(wanted)));
        expect(countLines([document], words.join(" ")).get("any")).toBe(expected.length);
      }),
    );
  });

  test("counting takes words as they are: a pie is no pier", () => {
    expect([...countLines([log, pies], "pie").values()]).toEqual([0, 1]);
    expect([...countLines([log, pies], "PIERS").values()]).toEqual([2, 1]);
  });

  test("no word matches no line", () => {
    expect([...countLines([log, pies], "...").values()]).toEqual([0, 0]);
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { batches } from "../../../services/cli/submit/batches.ts";
import type { Line } from "../../../services/cli/submit/lines.ts";
import { runOf } from "../../../services/cli/submit/lines.ts";

const lineOf = (input: unknown, i: number): Line => {
  const read = runOf({ input }, { agent: "echo" });
  if ("wrong" in read) throw new Error(read.wrong);
  return { line: i + 1, run: read.run };
};

test("batches keep every run once and in order, within both bounds, and none could hold its successor", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 700, max: 3_000 }),
      (inputs, runs, bytes) => {
        const lines = inputs.map(lineOf);
        const made = batches({ lines, place: String }, { runs, bytes });
        expect(made.flatMap((batch) => batch.lines)).toEqual(lines);
        expect(made.map((batch) => batch.index)).toEqual(made.map((_, i) => i));
        for (const [i, batch] of made.entries()) {
          const body = (some: readonly Line[]) =>
            Buffer.byteLength(JSON.stringify({ runs: some.map(({ run }) => run) }));
          expect(batch.lines.length).toBeLessThanOrEqual(runs);
          expect(body(batch.lines)).toBeLessThanOrEqual(bytes);
          const next = made[i + 1]?.lines[0];
          // One byte of slack: the last run's comma is counted.
          if (next !== undefined && batch.lines.length < runs) {
            expect(body([...batch.lines, next])).toBeGreaterThan(bytes - 2);
          }
        }
      },
    ),
  );
});

test("a run that no request can hold names its line", () => {
  const lines = ["a", "b".repeat(500)].map(lineOf);
  expect(() => batches({ lines, place: (line) => `f.jsonl:${line}` }, { runs: 100, bytes: 300 })).toThrow(
    /^f\.jsonl:2: /,
  );
});

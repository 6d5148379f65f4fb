import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pageOf, SHORTENED_LEAST_BYTES, shortened } from "../../../services/core/read-more.ts";

const KEY = "k".repeat(64);
const lines = Array.from({ length: 2_000 }, (_, i) => `line ${i} of the log`).join("\n");
const offsetOf = (text: string): number => Number(/"offset":(\d+)/.exec(text)?.[1]);

describe("a shortened result", () => {
  test("has whole lines of its beginning and its end, and says how to read on", () => {
    const short = shortened(lines, { key: KEY, bytes: 4_000 });
    expect(Buffer.byteLength(short)).toBeLessThanOrEqual(4_000);
    expect(short.startsWith("line 0 of the log\nline 1 of the log\n")).toBe(true);
    expect(short.endsWith("line 1999 of the log")).toBe(true);
    expect(short).toContain(`read_more with {"key":"${KEY}","offset":${offsetOf(short)}}`);
    expect(lines.slice(0, offsetOf(short)).endsWith("\n")).toBe(true);
  });

  test("and its pages give back the whole text, whatever its bytes are", () => {
    const text = fc
      .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\n", "ä", "漢字", "🚢")), {
        minLength: 1,
        maxLength: 400,
      })
      .map((parts) => parts.join("").repeat(40))
      .filter((whole) => Buffer.byteLength(whole) > 2_000);
    fc.assert(
      fc.property(text, fc.integer({ min: SHORTENED_LEAST_BYTES, max: 3_000 }), (whole, bytes) => {
        if (Buffer.byteLength(whole) <= bytes) return;
        const short = shortened(whole, { key: KEY, bytes });
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(bytes);
        expect(shortened(whole, { key: KEY, bytes })).toBe(short);
        const head = whole.slice(0, offsetOf(short));
        expect(short.startsWith(head)).toBe(true);
        let read = head;
        for (let pages = 0; read.length < whole.length; pages++) {
          if (pages > 10_000) throw new Error("the pages do not end");
          const page = pageOf(whole, read.length, bytes);
          expect(Buffer.byteLength(page)).toBeLessThanOrEqual(bytes);
          const next = Number(/\[characters \d+ to (\d+) of/.exec(page.slice(page.lastIndexOf("\n[characters ")))?.[1]);
          expect(next).toBeGreaterThan(read.length);
          read += page.slice(0, next - read.length);
        }
        expect(read).toBe(whole);
      }),
      { seed: 13, numRuns: 60 },
    );
  });

  test("a page behind the end says so", () => {
    expect(pageOf("abc", 3, 2_000)).toContain("nothing comes after");
    expect(pageOf("abc", 0, 2_000)).toBe("abc\n[characters 0 to 3 of 3; this is the end]");
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { continuation, makeTranscript, oneLine } from "../../../services/cli/watch/transcript.ts";

const plain = (_tone: unknown, text: string) => text;

test("a growing text is printed once, however it is cut, also when its beginning is gone", () => {
  const windowChars = 400;
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 1_500 }),
      fc.array(fc.integer({ min: 1, max: 150 })),
      (bytes, steps) => {
        // Distinct pieces, so that a window has one place only.
        const whole = [...bytes].map((byte, i) => `${i}:${byte} `).join("");
        let printed = "";
        let shown = "";
        let end = 0;
        for (const step of steps) {
          end = Math.min(whole.length, end + step);
          const text = whole.slice(Math.max(0, end - windowChars), end);
          printed += continuation(shown, text);
          shown = text;
        }
        expect(printed).toBe(whole.slice(0, end));
      },
    ),
  );
});

test("another text is no continuation", () => {
  expect(continuation("abc", "xyz")).toBeUndefined();
  expect(continuation("", "abc")).toBe("abc");
});

test("a turn that starts again stands on a line of its own", () => {
  const text = makeTranscript(plain);
  const live = (turn: number, part: string) => text({ event: "live", data: { turn, text: part } });
  expect(live(1, "Hel") + live(1, "Hello") + live(1, "Other")).toBe("Hello\nOther");
  expect(live(2, "Next")).toBe("\nNext");
});

test("tool arguments and results take one short line", () => {
  expect(oneLine({ q: "a\nb" })).toBe('{"q":"a\\nb"}');
  expect(oneLine("a\n  b")).toBe("a b");
  expect(oneLine("x".repeat(500)).length).toBeLessThan(200);
});

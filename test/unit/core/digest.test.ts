import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, sha256 } from "../../../services/core/digest.ts";

test("keys are sorted at every depth, arrays keep their order", () => {
  const value = { b: [{ z: 1, a: 2 }, 3], a: { d: null, c: "x" } };
  expect(canonicalJson(value)).toBe('{"a":{"c":"x","d":null},"b":[{"a":2,"z":1},3]}');
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
});

test("a value that JSON cannot hold is an error", () => {
  expect(() => canonicalJson(undefined)).toThrow(TypeError);
  expect(() => canonicalJson(() => 1)).toThrow(TypeError);
  expect(() => canonicalJson({ n: 1n })).toThrow(TypeError);
});

test("a key that is no ordinary one is a key like any other", () => {
  const value: unknown = JSON.parse('{"__proto__":{"b":1},"10":1,"9":2,"":3}');
  expect(JSON.parse(canonicalJson(value))).toEqual(value);
});

/** The same value with the keys of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reversed(part)]),
  );
}

test("equal values give equal text, whoever built them; the text gives the value back", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(reversed(value))).toBe(text);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("different values give different text", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
      expect(canonicalJson(a) === canonicalJson(b)).toBe(isDeepStrictEqual(stored(a), stored(b)));
    }),
  );
});

test("digests are SHA-256 of the UTF-8 text", () => {
  expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256("ä")).toBe("33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc");
});

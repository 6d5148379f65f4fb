import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromItem, toItem } from "../../../services/adapters/aws/item.ts";

const scalar = fc.oneof(fc.string({ unit: "binary" }), fc.maxSafeInteger(), fc.boolean());
const field = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,20}$/);

describe("item", () => {
  test("every flat record comes back as it was", () => {
    fc.assert(
      fc.property(fc.dictionary(field, scalar, { noNullPrototype: true }), (record) => {
        expect(fromItem(toItem(record))).toEqual(record);
      }),
    );
  });

  test("an absent field is no attribute, false and 0 and the empty string are", () => {
    expect(toItem({ a: undefined, b: false, c: 0, d: "" })).toEqual({
      b: { BOOL: false },
      c: { N: "0" },
      d: { S: "" },
    });
  });

  test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("%d is no integer of an item", (value) => {
    expect(() => toItem({ value })).toThrow(RangeError);
  });

  test("a string set is an array; a type that we never write is an error", () => {
    expect(fromItem({ inbox: { SS: ["a", "b"] } })).toEqual({ inbox: ["a", "b"] });
    expect(() => fromItem({ list: { L: [] } })).toThrow(TypeError);
  });
});

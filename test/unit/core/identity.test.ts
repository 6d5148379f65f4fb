import fc from "fast-check";
import { expect, test } from "vitest";
import { runId, tenantId } from "../../../services/contract/ids.ts";
import { batchKey, runIdOf } from "../../../services/core/identity.ts";

const tenant = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,47}$/).map((text) => tenantId.parse(text));
const key = fc.string({ minLength: 0, maxLength: 255 });

test("an id is stable for ever: stored runs are found by it", () => {
  expect(runIdOf(tenantId.parse("acme"), "order-1")).toBe("run_yynbenru72j7f3ntjybsa27nec");
});

test("tenant and key cannot be cut at another place to give the same id", () => {
  const ids = [
    runIdOf(tenantId.parse("a"), "bc"),
    runIdOf(tenantId.parse("ab"), "c"),
    runIdOf(tenantId.parse("abc"), ""),
    runIdOf(tenantId.parse("a"), "1:bc"),
    runIdOf(tenantId.parse("a1"), "1:bc"),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test("equal pairs give equal ids, different pairs different ones, and each is a run id", () => {
  fc.assert(
    fc.property(tenant, key, tenant, key, (tenantA, keyA, tenantB, keyB) => {
      const [a, b] = [runIdOf(tenantA, keyA), runIdOf(tenantB, keyB)];
      expect(runId.safeParse(a).success).toBe(true);
      expect(runIdOf(tenantA, keyA)).toBe(a);
      expect(a === b).toBe(tenantA === tenantB && keyA === keyB);
    }),
  );
});

test("two pairs that read the same in a row give different ids", () => {
  fc.assert(
    fc.property(tenant, key, fc.nat(), (whole, rest, at) => {
      const cut = 1 + (at % whole.length);
      fc.pre(cut < whole.length);
      const shorter = tenantId.parse(whole.slice(0, cut));
      expect(runIdOf(shorter, whole.slice(cut) + rest)).not.toBe(runIdOf(whole, rest));
    }),
  );
});

test("the first run of a batch has the header's own key, the others have keys that no header can be", () => {
  const [first, ...others] = [0, 1, 10, 11].map((index) => batchKey("header", index));
  expect(first).toBe("header");
  expect(new Set(others).size).toBe(3);
  expect(batchKey("a", 11)).not.toBe(batchKey("a1", 1));
  for (const one of others) expect(one).toContain("\n");
});

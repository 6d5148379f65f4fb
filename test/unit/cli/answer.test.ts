import fc from "fast-check";
import { expect, test } from "vitest";
import { errorCodeOf, mayReconnect, mayRetry, problemOf, retryWaitMs } from "../../../services/cli/api/answer.ts";
import { cliLimits } from "../../../services/cli/bounds.ts";

const refused = (code: string) =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code }) });

test("only busy and broken is tried again", () => {
  expect([200, 304, 400, 401, 404, 409, 413, 422].some(mayRetry)).toBe(false);
  expect([429, 500, 502, 503, 504].every(mayRetry)).toBe(true);
});

test("Retry-After is obeyed within bounds; without one the wait grows and stays bounded", () => {
  expect(retryWaitMs(0, "2", 0)).toBe(2_000);
  expect(retryWaitMs(0, "86400", 0)).toBe(cliLimits.retryAfterMaxMs);
  for (const odd of ["soon", "-5", "0", ""]) expect(retryWaitMs(0, odd, 0.5)).toBe(cliLimits.retryBaseMs / 2);
  fc.assert(
    fc.property(fc.nat(1_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, fraction) => {
      const waitMs = retryWaitMs(attempt, null, fraction);
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(cliLimits.retryMaxMs);
    }),
  );
});

test("the system error is found under what fetch throws", () => {
  expect(errorCodeOf(refused("ECONNREFUSED"))).toBe("ECONNREFUSED");
  const both = new TypeError("fetch failed", { cause: new AggregateError([refused("ECONNREFUSED")]) });
  expect(errorCodeOf(both)).toBe("ECONNREFUSED");
  expect(errorCodeOf("text")).toBeUndefined();
});

test("a broken connection is tried again; a refused one only when the API was there before", () => {
  expect(mayReconnect(refused("ECONNRESET"), false)).toBe(true);
  expect(mayReconnect(refused("ECONNREFUSED"), false)).toBe(false);
  expect(mayReconnect(refused("ECONNREFUSED"), true)).toBe(true);
  expect(mayReconnect(refused("DEPTH_ZERO_SELF_SIGNED_CERT"), true)).toBe(false);
  expect(mayReconnect(new TypeError("bad port"), true)).toBe(false);
});

test("whatever refuses, there is a problem document", () => {
  const own = { type: "t", title: "T", status: 409, detail: "d", code: "c" };
  expect(problemOf(409, JSON.stringify(own))).toEqual(own);
  expect(problemOf(502, "<html>bad gateway</html>")).toMatchObject({
    status: 502,
    code: "http-502",
    detail: expect.stringContaining("bad gateway"),
  });
});

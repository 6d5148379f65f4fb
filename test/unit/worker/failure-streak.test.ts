import { describe, expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { stepBreaker } from "../../../services/core/breaker.ts";
import { FailureStreak } from "../../../services/worker/failure-streak.ts";

const N = limits.breakerBurstCalls;

/** Times at which the streak said that it is long enough. */
function fired(streak: FailureStreak, startsMs: readonly number[]): (number | undefined)[] {
  return startsMs.map((startMs) => streak.failed(startMs)).filter((row) => row !== undefined);
}

describe("failures in a row", () => {
  test("are told once they are enough, with the start of the first", () => {
    const streak = new FailureStreak();
    expect(
      fired(
        streak,
        Array.from({ length: N }, (_, i) => 1_000 + i),
      ),
    ).toEqual([1_000]);
    expect(
      fired(
        streak,
        Array.from({ length: N - 1 }, (_, i) => 2_000 + i),
      ),
    ).toEqual([]);
  });

  test("are broken by a call that started among them and went through, not by an older one that ends late", () => {
    const streak = new FailureStreak();
    fired(
      streak,
      Array.from({ length: N - 1 }, (_, i) => 1_000 + i),
    );
    streak.succeeded(999);
    expect(fired(streak, [1_500])).toEqual([1_000]);
    fired(
      streak,
      Array.from({ length: N - 1 }, (_, i) => 2_000 + i),
    );
    streak.succeeded(2_001);
    expect(fired(streak, [2_500])).toEqual([]);
  });

  test("far apart are no row", () => {
    const streak = new FailureStreak();
    const apart = limits.breakerBurstMs + 1;
    expect(
      fired(
        streak,
        Array.from({ length: 3 * N }, (_, i) => i * apart),
      ),
    ).toEqual([]);
  });

  test("open a breaker that was closed when the first of them started, and no other", () => {
    const closed = { kind: "closed", sinceMs: 5_000 } as const;
    expect(stepBreaker(closed, { kind: "streak", sinceMs: 5_000 }, 9_000)).toMatchObject({
      kind: "open",
      cause: "burst",
    });
    expect(stepBreaker(closed, { kind: "streak", sinceMs: 4_999 }, 9_000)).toBe(closed);
  });
});

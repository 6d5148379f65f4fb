import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import {
  type Asked,
  heed,
  nothingAsked,
  planDrain,
  type ReleaseNotice,
  type StopNotice,
} from "../../../services/core/drain.ts";
import { aTimeMs } from "../../support/builders.ts";

const NOW = aTimeMs;

test("a Spot notice of two minutes leaves the margin and one store call", () => {
  const plan = planDrain({ source: "spot", atMs: NOW, deadlineAtMs: NOW + 120_000 }, NOW);
  expect(plan).toEqual({ abortAtMs: NOW + 100_000, releaseByMs: NOW + 105_000 });
});

test.each([
  ["a Spot notice that is heard late", { source: "spot", atMs: NOW, deadlineAtMs: NOW + 115_000 }],
  ["SIGTERM on a machine", { source: "SIGTERM", atMs: NOW, deadlineAtMs: NOW + limits.machineStopMs }],
  ["SIGTERM on Fargate", { source: "SIGTERM", atMs: NOW, deadlineAtMs: NOW + limits.fargateStopMs }],
  ["a notice without a deadline", { source: "drain-flag", atMs: NOW }],
])("a turn of the longest time that begins with %s is finished, and committed, not aborted", (_, notice) => {
  const leftMs = planDrain(notice, NOW).abortAtMs - NOW;
  expect(leftMs).toBeGreaterThanOrEqual(limits.turnMs + limits.storeCallMs);
});

test("a notice without a deadline has the drain time", () => {
  expect(planDrain({ source: "SIGTERM", atMs: NOW }, NOW).releaseByMs).toBe(
    NOW + limits.drainMs - limits.drainMarginMs,
  );
});

test("a deadline that has passed aborts now and leaves one store call for the releases", () => {
  const plan = planDrain({ source: "SIGTERM", atMs: NOW - 90_000, deadlineAtMs: NOW - 1 }, NOW);
  expect(plan).toEqual({ abortAtMs: NOW, releaseByMs: NOW + limits.storeCallMs });
});

test("a plan lies between now and the deadline less the margin, and aborts one store call before it releases", () => {
  const span = fc.integer({ min: -300_000, max: 300_000 });
  fc.assert(
    fc.property(span, fc.option(span, { nil: undefined }), (notedMs, deadlineMs) => {
      const notice: ReleaseNotice = {
        source: "test",
        atMs: NOW + notedMs,
        ...(deadlineMs === undefined ? {} : { deadlineAtMs: NOW + deadlineMs }),
      };
      const { abortAtMs, releaseByMs } = planDrain(notice, NOW);
      const deadlineAtMs = notice.deadlineAtMs ?? notice.atMs + limits.drainMs;
      expect(abortAtMs).toBeGreaterThanOrEqual(NOW);
      expect(releaseByMs - abortAtMs).toBe(limits.storeCallMs);
      expect(releaseByMs).toBe(Math.max(NOW + limits.storeCallMs, deadlineAtMs - limits.drainMarginMs));
    }),
  );
});

const aNotice = fc.record(
  {
    kind: fc.constantFrom<"cordon" | "release">("cordon", "release"),
    source: fc.constantFrom("SIGTERM", "spot", "rebalance", "drain-flag"),
    atMs: fc.integer({ min: 0, max: 1_000 }),
    deadlineAtMs: fc.integer({ min: -10_000, max: 200_000 }),
  },
  { requiredKeys: ["kind", "source", "atMs"] },
);
const asNotice = ({ kind, source, atMs, deadlineAtMs }: typeof aNotice extends fc.Arbitrary<infer T> ? T : never) =>
  kind === "cordon"
    ? ({ kind, source, atMs } as const)
    : { kind, source, atMs, ...(deadlineAtMs === undefined ? {} : { deadlineAtMs }) };
const askedBy = (notices: readonly StopNotice[]) => notices.reduce(heed, nothingAsked);
const summary = (asked: Asked) =>
  asked.kind === "release" ? { kind: asked.kind, deadlineAtMs: asked.deadlineAtMs } : { kind: asked.kind };

test("notices in any order, each any number of times, ask for the same", () => {
  fc.assert(
    fc.property(
      fc.array(aNotice.map(asNotice), { maxLength: 6 }),
      fc.array(fc.nat(20), { maxLength: 12 }),
      (all, picks) => {
        const again = picks.flatMap((pick) => all[pick % Math.max(1, all.length)] ?? []);
        const shuffled = [...again, ...all.toReversed(), ...again];
        expect(summary(askedBy(shuffled))).toEqual(summary(askedBy(all)));
      },
    ),
  );
});

test("a release is never taken back, its source and time stay, and its deadline never moves away", () => {
  fc.assert(
    fc.property(fc.array(aNotice.map(asNotice), { minLength: 1, maxLength: 8 }), (all) => {
      let asked: Asked = nothingAsked;
      for (const notice of all) {
        const next = heed(asked, notice);
        if (asked.kind === "release") {
          expect(next).toMatchObject({ kind: "release", source: asked.source, atMs: asked.atMs });
          const before = asked.deadlineAtMs ?? Number.POSITIVE_INFINITY;
          expect(next.kind === "release" ? (next.deadlineAtMs ?? Number.POSITIVE_INFINITY) : 0).toBeLessThanOrEqual(
            before,
          );
        }
        asked = next;
      }
    }),
  );
});

test("a notice that says nothing new gives the same object: whoever acts on changes acts once", () => {
  const cordon = { kind: "cordon", source: "rebalance", atMs: NOW } as const;
  const spot: StopNotice = { source: "spot", atMs: NOW + 1, deadlineAtMs: NOW + 120_000 };
  const cordoned = heed(nothingAsked, cordon);
  expect(heed(cordoned, { ...cordon, atMs: NOW + 9 })).toBe(cordoned);
  const stopped = heed(cordoned, spot);
  expect(stopped).toEqual({ ...spot, kind: "release" });
  expect(heed(stopped, spot)).toBe(stopped);
  expect(heed(stopped, cordon)).toBe(stopped);
  expect(heed(stopped, { source: "drain-flag", atMs: NOW + 2 })).toBe(stopped);
});

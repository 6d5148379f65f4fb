import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import type { RunHead } from "../../../services/contract/run.ts";
import { keys, owedHolder } from "../../../services/contract/tables.ts";
import { isEnded } from "../../../services/core/lifecycle.ts";
import { afterLoss, afterWait, forcedEnd, overdue, resendAfterMs } from "../../../services/core/recovery.ts";
import { aHead, aTimeMs } from "../../support/builders.ts";
import { aWakeId, aWorkerId } from "../../support/ids.ts";

const MINUTE = 60_000;

/** Claimed at `aTimeMs` with 60 s of active time and a deadline an hour later. */
function running(overrides: Partial<RunHead> = {}): RunHead {
  return aHead({
    state: "RUNNING",
    holder: aWorkerId(),
    epoch: 7,
    claimedAtMs: aTimeMs,
    timeoutMs: MINUTE,
    deadlineAtMs: aTimeMs + 60 * MINUTE,
    reservedMicroUsd: 500,
    ...overrides,
  });
}

/** A loss at that time, of a holder of whose last sign of life nothing is known. */
const unseen = (nowMs: number) => ({ nowMs, lastSeenMs: undefined, wakeId: aWakeId() });

describe("afterLoss", () => {
  const at = (seconds: number) => aTimeMs + seconds * 1_000;

  test.each([
    ["goes back to the queue", {}, at(30), "queued"],
    ["a wanted cancel ends it", { cancelRequestedAtMs: at(1) }, at(2), "cancelled-by-user"],
    [
      "a cancel wins over the deadline",
      { cancelRequestedAtMs: at(1), deadlineAtMs: at(2) },
      at(3),
      "cancelled-by-user",
    ],
    ["past its deadline", { deadlineAtMs: at(30) }, at(30), "deadline"],
    ["a millisecond before its deadline", { deadlineAtMs: at(30) }, at(30) - 1, "queued"],
    ["used up its active time", {}, at(60), "active-timeout"],
    ["active time of earlier claims counts", { activeMs: 31_000 }, at(30), "active-timeout"],
    [
      "interrupted as often as allowed",
      { fruitless: limits.interruptionsMax - 1, interruptions: 1_000 },
      at(1),
      "queued",
    ],
    ["interrupted too often", { fruitless: limits.interruptionsMax }, at(1), "too-many-interruptions"],
  ] as const)("%s", (_, overrides, nowMs, expected) => {
    const recovery = afterLoss(running(overrides), unseen(nowMs));
    expect(recovery.kind === "ended" ? recovery.reason : recovery.kind).toBe(expected);
  });

  test("the time in which nobody knew of the death is not active time", () => {
    const nowMs = aTimeMs + 8 * 60 * MINUTE;
    const head = running({ deadlineAtMs: nowMs + MINUTE });
    const recovery = afterLoss(head, { nowMs, lastSeenMs: aTimeMs + 20_000, wakeId: aWakeId() });
    expect(recovery).toMatchObject({ kind: "queued", write: { set: { activeMs: 20_000, dueAtMs: nowMs } } });
  });

  test("an open call is in doubt and its reservation possible spend, whatever becomes of the run", () => {
    for (const head of [running(), running({ cancelRequestedAtMs: aTimeMs })]) {
      const recovery = afterLoss(head, unseen(aTimeMs + 1));
      if (recovery.kind === "left") throw new Error("it must move");
      expect(recovery.write.set).toMatchObject({ inDoubt: 1, possibleMicroUsd: 500, reservedMicroUsd: 0 });
    }
  });

  test.each([
    ["goes back to the queue", {}],
    ["was to be cancelled", { cancelRequestedAtMs: aTimeMs }],
    ["is past its deadline", { deadlineAtMs: aTimeMs }],
    ["used up its active time", { timeoutMs: 1 }],
    ["was interrupted too often", { fruitless: limits.interruptionsMax }],
  ] as const)(
    "the loss is an interruption of a run that %s, so that no more calls are in doubt than leases were lost",
    (_, overrides) => {
      const recovery = afterLoss(running({ interruptions: 7, inDoubt: 7, ...overrides }), unseen(aTimeMs + 1));
      if (recovery.kind === "left") throw new Error("it must move");
      expect(recovery.write.set).toMatchObject({ interruptions: 8, inDoubt: 8 });
    },
  );

  test("what is not running is left", () => {
    expect(afterLoss(aHead(), unseen(aTimeMs))).toEqual({ kind: "left" });
    expect(afterLoss(aHead({ state: "SUCCEEDED" }), unseen(aTimeMs))).toEqual({ kind: "left" });
  });
});

describe("overdue and forced ends", () => {
  test.each([
    ["within its time", {}, 59_999, undefined],
    ["over its active time", {}, 60_000, "active-timeout"],
    ["past its deadline", { timeoutMs: 120 * MINUTE }, 60 * MINUTE, "deadline"],
    ["a cancel within the holder's grace", { cancelRequestedAtMs: aTimeMs }, limits.cancelGraceMs - 1, undefined],
    ["a cancel after the grace", { cancelRequestedAtMs: aTimeMs }, limits.cancelGraceMs, "cancelled-by-user"],
  ] as const)("running: %s", (_, overrides, afterMs, expected) => {
    expect(overdue(running(overrides), { nowMs: aTimeMs + afterMs, ownMs: aTimeMs + afterMs })).toBe(expected);
  });

  test("a queued run that is to be cancelled has no holder to wait for", () => {
    expect(overdue(aHead({ cancelRequestedAtMs: aTimeMs }), { nowMs: aTimeMs })).toBe("cancelled-by-user");
  });

  test("a live holder has `cancelWithinMs` to end its run by itself", () => {
    const at = (ms: number) => ({ nowMs: aTimeMs + ms, ownMs: aTimeMs + ms });
    expect(forcedEnd(running(), at(MINUTE + limits.cancelWithinMs - 1))).toEqual({ kind: "left" });
    expect(forcedEnd(running(), at(MINUTE + limits.cancelWithinMs))).toMatchObject({ reason: "active-timeout" });
    expect(forcedEnd(aHead({ deadlineAtMs: aTimeMs }), at(MINUTE))).toEqual({ kind: "left" });
  });

  test("active time is over by the holder's own time, whatever the wall clock says; the deadline is wall clock", () => {
    const hour = 60 * MINUTE;
    const held = running({ heldFromMs: aTimeMs - 7, deadlineAtMs: aTimeMs + 24 * hour });
    const late = aTimeMs + hour;
    expect(forcedEnd(held, { nowMs: late, ownMs: aTimeMs + 50_000 })).toEqual({ kind: "left" });
    expect(forcedEnd(held, { nowMs: late })).toEqual({ kind: "left" });
    expect(forcedEnd(held, { nowMs: aTimeMs, ownMs: aTimeMs - 7 + MINUTE + limits.cancelWithinMs })).toMatchObject({
      reason: "active-timeout",
      write: { set: { activeMs: MINUTE + limits.cancelWithinMs } },
    });
    const dated = { ...held, deadlineAtMs: late - limits.cancelWithinMs };
    expect(forcedEnd(dated, { nowMs: late, ownMs: aTimeMs + 50_000 })).toMatchObject({
      reason: "deadline",
      write: { set: { activeMs: 50_007 } },
    });
  });

  test("a lost run was active as long as its holder's own time says, though the wall clock jumped", () => {
    const held = running({ heldFromMs: aTimeMs - 7, deadlineAtMs: aTimeMs + 24 * 60 * MINUTE });
    const loss = { nowMs: aTimeMs + 60 * MINUTE, lastSeenMs: aTimeMs + 20_000, wakeId: aWakeId() };
    const recovery = afterLoss(held, loss);
    expect(recovery).toMatchObject({ kind: "queued", write: { set: { activeMs: 20_007 }, remove: ["heldFromMs"] } });
  });
});

describe("waiting runs", () => {
  const wakeId = aWakeId();
  const at = (nowMs: number, after: number = limits.resendAfterMs) => ({ nowMs, resendAfterMs: after, wakeId });

  test("a wake-up is sent again when its last send is too old, not before", () => {
    const head = aHead({ wakeId: aWakeId() });
    expect(afterWait(head, at(aTimeMs + limits.resendAfterMs - 1))).toEqual({ kind: "left" });
    expect(afterWait(head, at(aTimeMs + limits.resendAfterMs))).toMatchObject({
      kind: "queued",
      why: "resent",
      wakeId,
    });
  });

  test("a parked run is woken at its time, into the queue", () => {
    const head = aHead({});
    const parked = { ...head, holder: keys.parkHolder(head.runId), dueAtMs: aTimeMs + 5_000 };
    expect(afterWait(parked, at(aTimeMs + 4_999))).toEqual({ kind: "left" });
    expect(afterWait(parked, at(aTimeMs + 5_000))).toMatchObject({
      why: "unparked",
      write: { set: { holder: keys.queueHolder(head.lane, head.runId), wakeId } },
    });
  });

  test("past its deadline it ends, parked or not", () => {
    const head = aHead({ deadlineAtMs: aTimeMs + 1 });
    for (const holder of [keys.queueHolder(head.lane, head.runId), keys.parkHolder(head.runId)])
      expect(afterWait({ ...head, holder, dueAtMs: aTimeMs + MINUTE }, at(aTimeMs + 1))).toMatchObject({
        kind: "ended",
        reason: "deadline",
      });
  });

  test.each([
    [{ kind: "known", p99Ms: 0 }, limits.resendAfterMs],
    [{ kind: "known", p99Ms: 30_001 }, 60_002],
    [{ kind: "known", p99Ms: 10 * limits.resendMaxMs }, limits.resendMaxMs],
    [{ kind: "unknown" }, limits.resendMaxMs],
  ] as const)("resend rule of a lane wait %j", (wait, expected) => {
    expect(resendAfterMs(wait)).toBe(expected);
  });
});

describe("any run, any time", () => {
  const anyHead = fc
    .record({
      state: fc.constantFrom("QUEUED", "RUNNING", "SUCCEEDED", "DEAD"),
      claimedAtMs: fc.integer({ min: aTimeMs - MINUTE, max: aTimeMs + MINUTE }),
      activeMs: fc.nat(2 * MINUTE),
      deadlineAtMs: fc.integer({ min: aTimeMs - MINUTE, max: aTimeMs + MINUTE }),
      interruptions: fc.nat(limits.interruptionsMax + 2),
      fruitless: fc.nat(limits.interruptionsMax + 2),
      reservedMicroUsd: fc.nat(3),
      cancelled: fc.boolean(),
    })
    .map(({ cancelled, ...fields }) => running({ ...fields, ...(cancelled ? { cancelRequestedAtMs: aTimeMs } : {}) }));
  const moves = (head: RunHead, nowMs: number) => [
    afterLoss(head, unseen(nowMs)),
    forcedEnd(head, { nowMs, ownMs: nowMs }),
    afterWait(head, { nowMs, resendAfterMs: limits.resendAfterMs, wakeId: aWakeId() }),
  ];

  test("a move has the guard of what was read; an end leaves no holder; nothing moves an ended run", () => {
    fc.assert(
      fc.property(anyHead, fc.integer({ min: aTimeMs - MINUTE, max: aTimeMs + 3 * MINUTE }), (head, nowMs) => {
        for (const move of moves(head, nowMs)) {
          if (move.kind === "left") continue;
          expect(isEnded(head.state)).toBe(false);
          expect(move.write.guard).toMatchObject({ state: head.state, epoch: head.epoch, holder: head.holder });
          if (move.kind === "ended") {
            const { remove = [], set } = move.write;
            expect(remove).toEqual(expect.arrayContaining(["openShard", "wakeId"]));
            expect(remove.includes("holder") || set.holder === owedHolder(head.runId)).toBe(true);
            expect(remove.includes("dueAtMs")).toBe(remove.includes("holder"));
          }
          if (head.state === "RUNNING") expect(move.write.set.epoch).toBe(head.epoch + 1);
          if (move.kind === "queued") expect(move.write.set).toMatchObject({ dueAtMs: nowMs, wakeId: move.wakeId });
        }
      }),
    );
  });
});

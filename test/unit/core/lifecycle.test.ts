import { describe, expect, test } from "vitest";
import { applyHeadWrite } from "../../../services/adapters/memory/apply-head-write.ts";
import { endReason, runState } from "../../../services/contract/failures.ts";
import { limits } from "../../../services/contract/limits.ts";
import { runHead } from "../../../services/contract/run.ts";
import { keys, owedHolder } from "../../../services/contract/tables.ts";
import { activeMs } from "../../../services/core/active-time.ts";
import { doubt, type Lease, storeDoubts } from "../../../services/core/held-run.ts";
import {
  claim,
  commitAndEnd,
  commitTurn,
  endFromOutside,
  endHeld,
  endStateOf,
  isEnded,
  markCancel,
  reclaim,
  release,
  wakeAgain,
} from "../../../services/core/lifecycle.ts";
import { aQueuedRun, aTimeMs, aUsage } from "../../support/builders.ts";
import { aRunning, written } from "../../support/claimed-run.ts";
import { aNonce, aWakeId, aWorkerId } from "../../support/ids.ts";

const NOW = aTimeMs;
const aTurn = { usage: aUsage(), costMicroUsd: 30 };

describe("claim", () => {
  test("is due a little after the worker would end the run, by whichever of its two clocks is first", () => {
    const { wake } = aQueuedRun();
    const due = (remainingMs: number, deadlineAtMs: number) =>
      claim({ ...wake, remainingMs, deadlineAtMs }, { worker: aWorkerId(), nonce: "n" }, NOW).set.dueAtMs;
    expect(due(1_000, NOW + 9_000)).toBe(NOW + 1_000 + limits.cancelWithinMs);
    expect(due(9_000, NOW + 1_000)).toBe(NOW + 1_000 + limits.cancelWithinMs);
  });

  test("takes nothing but the queued run of its own wake-up", () => {
    const { head, wake } = aQueuedRun();
    const write = claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW);
    for (const state of runState.options)
      expect(applyHeadWrite({ ...head, state }, write) !== undefined).toBe(state === "QUEUED");
    expect(applyHeadWrite({ ...head, wakeId: aWakeId() }, write)).toBeUndefined();
  });
});

describe("commit", () => {
  test("counts the turn, its usage and its cost, settles the reservation and makes the next", () => {
    const { head, lease } = aRunning({ failures: 2, inputTokens: 5, spentMicroUsd: 7 });
    const after = written(head, commitTurn(head, lease, { ...aTurn, nextMicroUsd: 900 }));
    expect(after).toMatchObject({
      turn: 2,
      failures: 0,
      spentMicroUsd: 37,
      inputTokens: 105,
      outputTokens: 20,
      reservedMicroUsd: 900,
      nextMicroUsd: 900,
      startedAtMs: NOW,
      state: "RUNNING",
      epoch: head.epoch,
    });
  });

  test("keeps the start of the run over later claims", () => {
    const { head, lease } = aRunning({ startedAtMs: NOW - 5_000 });
    expect(written(head, commitTurn(head, lease, { ...aTurn, nextMicroUsd: 0 })).startedAtMs).toBe(NOW - 5_000);
  });

  test("the last one is also the finish", () => {
    const { head, lease } = aRunning();
    const after = written(
      head,
      commitAndEnd(head, lease, { spend: aTurn, ending: { reason: "completed", nowMs: NOW + 4_000 } }),
    );
    expect(after).toMatchObject({
      state: "SUCCEEDED",
      reason: "completed",
      turn: 2,
      spentMicroUsd: 30,
      reservedMicroUsd: 0,
      activeMs: 4_000,
      endedAtMs: NOW + 4_000,
      expiresAt: (NOW + 4_000 + limits.keepEndedMs) / 1_000,
    });
    for (const field of ["holder", "dueAtMs", "openShard", "wakeId"]) expect(after).not.toHaveProperty(field);
  });

  test("is refused to another worker, epoch or turn", () => {
    const { head, lease } = aRunning();
    const refused = (other: Lease, turn = head.turn) =>
      applyHeadWrite(head, commitTurn({ ...head, turn }, other, { ...aTurn, nextMicroUsd: 0 })) === undefined;
    expect(refused({ ...lease, holder: aWorkerId() })).toBe(true);
    expect(refused({ ...lease, epoch: lease.epoch - 1 })).toBe(true);
    expect(refused(lease, head.turn + 1)).toBe(true);
    expect(refused(lease)).toBe(false);
  });
});

describe("release", () => {
  const how = { wakeId: aWakeId(), nowMs: NOW + 700, callInDoubt: false } as const;

  test.each([
    ["interruption", { interruptions: 1, waits: 0, failures: 0 }],
    ["wait", { interruptions: 0, waits: 1, failures: 0 }],
    ["hold", { interruptions: 0, waits: 0, failures: 0 }],
    ["failure", { interruptions: 0, waits: 0, failures: 1 }],
  ] as const)("of kind %s counts that and nothing else", (kind, counters) => {
    const { head, lease } = aRunning();
    expect(written(head, release(head, lease, { ...how, kind }))).toMatchObject({
      ...counters,
      state: "QUEUED",
      holder: keys.queueHolder(head.lane, head.runId),
      dueAtMs: how.nowMs,
      wakeId: how.wakeId,
      activeMs: 700,
      reservedMicroUsd: 0,
      inDoubt: 0,
      possibleMicroUsd: 0,
      epoch: head.epoch,
    });
  });

  test("with a call in doubt books its reservation as possible spend", () => {
    const { head, lease } = aRunning({ possibleMicroUsd: 11 });
    const after = written(head, release(head, lease, { ...how, kind: "interruption", callInDoubt: true }));
    expect(after).toMatchObject({ inDoubt: 1, possibleMicroUsd: 511, reservedMicroUsd: 0 });
  });

  test("stores the doubts that the holder booked on its own copy", () => {
    const { head, lease } = aRunning();
    const booked = { ...head, ...doubt(head) };
    expect(written(head, release(booked, lease, { ...how, kind: "failure" }))).toMatchObject({
      inDoubt: 1,
      possibleMicroUsd: 500,
    });
    expect(written(head, commitTurn(booked, lease, { ...aTurn, nextMicroUsd: 0 }))).toMatchObject({
      inDoubt: 1,
      possibleMicroUsd: 500,
    });
  });

  test("until a time parks the run", () => {
    const { head, lease } = aRunning();
    const after = written(head, release(head, lease, { ...how, kind: "wait", parkUntilMs: NOW + 60_000 }));
    expect(after).toMatchObject({ state: "QUEUED", holder: keys.parkHolder(head.runId), dueAtMs: NOW + 60_000 });
  });
});

describe("moves by others", () => {
  test("a reclaim raises the epoch, counts an interruption and doubts the open call", () => {
    const { head } = aRunning();
    expect(written(head, reclaim(head, aWakeId(), NOW + 50))).toMatchObject({
      state: "QUEUED",
      epoch: head.epoch + 1,
      interruptions: 1,
      inDoubt: 1,
      possibleMicroUsd: 500,
      reservedMicroUsd: 0,
      activeMs: 50,
    });
  });

  test("a turn committed since the run was read refuses them: another reservation is open now", () => {
    const { head, lease } = aRunning();
    const committed = written(head, commitTurn(head, lease, { ...aTurn, nextMicroUsd: 900 }));
    expect(applyHeadWrite(committed, reclaim(head, aWakeId(), NOW))).toBeUndefined();
    expect(applyHeadWrite(committed, endFromOutside(head, { reason: "deadline", nowMs: NOW }))).toBeUndefined();
    expect(written(committed, reclaim(committed, aWakeId(), NOW))).toMatchObject({ possibleMicroUsd: 900 });
  });

  test("books no open call over a doubt that the holder stored since it was read", () => {
    const { head, lease } = aRunning();
    const doubted = written(head, storeDoubts({ head: { ...head, ...doubt(head) }, stored: head, lease }));
    expect(applyHeadWrite(doubted, reclaim(head, aWakeId(), NOW))).toBeUndefined();
    expect(applyHeadWrite(doubted, endFromOutside(head, { reason: "cancelled-by-user", nowMs: NOW }))).toBeUndefined();
    expect(written(doubted, reclaim(doubted, aWakeId(), NOW))).toMatchObject({ inDoubt: 2, possibleMicroUsd: 1_000 });
  });

  test("a late copy of an earlier doubt takes no later one back", () => {
    const { head, lease } = aRunning();
    const first = storeDoubts({ head: { ...head, ...doubt(head) }, stored: head, lease });
    const once = written(head, first);
    const twice = written(once, storeDoubts({ head: { ...once, ...doubt(once) }, stored: once, lease }));
    expect(twice).toMatchObject({ inDoubt: 2, possibleMicroUsd: 1_000 });
    expect(applyHeadWrite(twice, first)).toBeUndefined();
  });

  test("a reclaim of a run without an open call doubts nothing", () => {
    const { head } = aRunning({ nextMicroUsd: 0 });
    expect(written(head, reclaim(head, aWakeId(), NOW))).toMatchObject({ inDoubt: 0, possibleMicroUsd: 0 });
  });

  test("doubt no call that the budget does not cover: its holder ends the run and makes none", () => {
    const { head } = aRunning();
    const short = { ...head, inDoubt: 1, possibleMicroUsd: head.budgetMicroUsd - head.reservedMicroUsd + 1 };
    const doubts = { inDoubt: 1, possibleMicroUsd: short.possibleMicroUsd };
    expect(written(short, reclaim(short, aWakeId(), NOW))).toMatchObject({ state: "QUEUED", ...doubts });
    expect(written(short, endFromOutside(short, { reason: "deadline", nowMs: NOW }))).toMatchObject(doubts);
  });

  test("an end from outside frees the run at once and raises the epoch", () => {
    for (const head of [aQueuedRun().head, aRunning().head]) {
      const after = written(head, endFromOutside(head, { reason: "cancelled-by-user", nowMs: NOW + 10 }));
      expect(after).toMatchObject({ state: "CANCELLED", epoch: head.epoch + 1, reservedMicroUsd: 0 });
      expect(after.inDoubt).toBe(head.state === "RUNNING" ? 1 : 0);
      // A run that called may have turns or doubts in no book: it is listed for whoever completes them.
      expect(after.holder).toBe(head.state === "RUNNING" ? owedHolder(head.runId) : undefined);
      expect(after.dueAtMs).toBe(head.state === "RUNNING" ? NOW + 10 : undefined);
    }
  });

  test("are refused when the run moved since it was read", () => {
    const { head, lease } = aRunning();
    const released = written(
      head,
      release(head, lease, { kind: "wait", wakeId: aWakeId(), nowMs: NOW, callInDoubt: false }),
    );
    const writes = [
      reclaim(head, aWakeId(), NOW),
      endFromOutside(head, { reason: "deadline", nowMs: NOW }),
      markCancel(head, NOW),
      wakeAgain(head, aWakeId(), NOW),
    ];
    for (const write of writes) expect(applyHeadWrite(released, write)).toBeUndefined();
  });

  test("a cancel mark is due before the promise is", () => {
    const { head, lease } = aRunning();
    const marked = written(head, markCancel(head, NOW));
    expect(marked).toMatchObject({ cancelRequestedAtMs: NOW, dueAtMs: NOW + limits.cancelGraceMs, state: "RUNNING" });
    expect(written(marked, commitTurn(head, lease, { ...aTurn, nextMicroUsd: 0 }))).toMatchObject({
      cancelRequestedAtMs: NOW,
      turn: 2,
    });
  });

  test("waking again makes the older message stale", () => {
    const { head, wake } = aQueuedRun();
    const woken = written(head, wakeAgain(head, aWakeId(), NOW));
    expect(applyHeadWrite(woken, claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW))).toBeUndefined();
  });
});

describe("ends", () => {
  test("every reason has an end state, and only a user's cancel is CANCELLED", () => {
    for (const reason of endReason.options) {
      expect(isEnded(endStateOf[reason])).toBe(true);
      expect(endStateOf[reason] === "CANCELLED").toBe(reason === "cancelled-by-user");
      expect(endStateOf[reason] === "SUCCEEDED").toBe(reason === "completed");
    }
  });

  test("every end state has a reason, and open states are no ends", () => {
    const reached = new Set<string>(Object.values(endStateOf));
    for (const state of runState.options) expect(reached.has(state)).toBe(isEnded(state));
    expect(runState.options.filter((state) => !isEnded(state))).toEqual(["QUEUED", "RUNNING"]);
  });

  test("a long detail is cut to its bound", () => {
    const { head, lease } = aRunning();
    const ending = { reason: "agent-error", detail: "x".repeat(5_000), nowMs: NOW } as const;
    const after = written(head, endHeld(head, lease, { ...ending, callInDoubt: false }));
    expect(after).toMatchObject({ state: "FAILED", detail: "x".repeat(limits.detailChars) });
    expect(runHead.parse(after)).toEqual(after);
  });
});

describe("active time", () => {
  test("is what earlier claims used and the present one, never less when a clock goes back", () => {
    const { head } = aRunning({ activeMs: 1_000 });
    expect(activeMs(head, NOW + 250)).toBe(1_250);
    expect(activeMs(head, NOW - 250)).toBe(1_000);
    expect(activeMs({ ...head, state: "QUEUED" }, NOW + 250)).toBe(1_000);
  });
});

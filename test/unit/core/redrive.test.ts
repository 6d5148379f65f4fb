import { describe, expect, test } from "vitest";
import { applyHeadWrite } from "../../../services/adapters/memory/apply-head-write.ts";
import { type EndReason, endReason } from "../../../services/contract/failures.ts";
import { limits } from "../../../services/contract/limits.ts";
import { type RunHead, runHead } from "../../../services/contract/run.ts";
import { keys } from "../../../services/contract/tables.ts";
import { endFromOutside, wakeOf } from "../../../services/core/lifecycle.ts";
import { decideRedrive, isResumable, type Raise } from "../../../services/core/redrive.ts";
import { aQueuedRun, aTimeMs } from "../../support/builders.ts";
import { aWakeId } from "../../support/ids.ts";

const NOW = aTimeMs + 3_600_000;

/** A run that ended for this reason after two turns. */
function anEnded(reason: EndReason, overrides: Partial<RunHead> = {}): RunHead {
  const { head } = aQueuedRun({
    ...{ turn: 3, spentMicroUsd: 4_000, nextMicroUsd: 500, possibleMicroUsd: 300, inDoubt: 1, activeMs: 5_000 },
    ...{ failures: 5, interruptions: 7, waits: 9, deadLetters: 2 },
    ...overrides,
  });
  const after = applyHeadWrite(head, endFromOutside(head, { reason, detail: "why", nowMs: NOW - 60_000 }));
  if (after === undefined) throw new Error("the end must be taken");
  return after;
}

const decide = (head: RunHead, raise: Raise = {}, nowMs = NOW) =>
  decideRedrive(head, raise, { nowMs, wakeId: aWakeId() });

describe("a redriven run", () => {
  test("is queued after its last committed turn with a new deadline, and its counters begin anew", () => {
    const head = anEnded("too-many-failures");
    const decision = decide(head);
    if (decision.kind !== "redrive") throw new Error(decision.because);
    const after = runHead.parse(applyHeadWrite(head, decision.write));
    expect(after).toMatchObject({
      ...{ state: "QUEUED", epoch: head.epoch + 1, turn: 3, wakeId: decision.wakeId, dueAtMs: NOW },
      ...{ holder: keys.queueHolder(head.lane, head.runId), deadlineAtMs: NOW + limits.deadlineDefaultMs },
      ...{ failures: 0, interruptions: 0, waits: 0 },
      ...{ spentMicroUsd: 4_000, possibleMicroUsd: 300, inDoubt: 1, activeMs: 5_000 },
    });
    for (const gone of ["reason", "detail", "endedAtMs", "expiresAt", "deadLetters"] as const)
      expect(after[gone]).toBeUndefined();
    expect(wakeOf(after, decision.wakeId).remainingMs).toBe(head.timeoutMs - 5_000);
  });

  test("is redriven once: the second of two decisions about the same head is refused by its guard", () => {
    const head = anEnded("too-many-interruptions");
    const [first, second] = [decide(head), decide(head)];
    if (first.kind !== "redrive" || second.kind !== "redrive") throw new Error("both must decide so");
    const after = applyHeadWrite(head, first.write);
    expect(after && applyHeadWrite(after, second.write)).toBeUndefined();
  });

  test("that somebody cancelled meanwhile is not brought back", () => {
    const head = anEnded("too-many-failures");
    const decision = decide(head);
    if (decision.kind !== "redrive") throw new Error(decision.because);
    expect(applyHeadWrite({ ...head, epoch: head.epoch + 1 }, decision.write)).toBeUndefined();
    expect(applyHeadWrite({ ...head, state: "CANCELLED" }, decision.write)).toBeUndefined();
    expect(applyHeadWrite({ ...head, turn: head.turn + 1 }, decision.write)).toBeUndefined();
  });
});

describe("which runs may go on", () => {
  test.each(endReason.options)("one that ended as %s", (reason) => {
    const raise = { budgetMicroUsd: 1_000_000, timeoutMs: 60_000 };
    expect(decide(anEnded(reason), raise).kind).toBe(isResumable(reason) ? "redrive" : "refused");
  });

  test("every DEAD one, and none that finished or was cancelled", () => {
    expect(endReason.options.filter((reason) => reason.startsWith("too-many")).every(isResumable)).toBe(true);
    expect(
      ["completed", "cancelled-by-user", "output-invalid"].some((reason) => isResumable(endReason.parse(reason))),
    ).toBe(false);
  });

  test("none that is open", () => {
    const { head } = aQueuedRun();
    expect(decide(head)).toMatchObject({ kind: "refused" });
    expect(decide({ ...head, state: "RUNNING" })).toMatchObject({ kind: "refused" });
  });
});

describe("what was used up must be raised", () => {
  test.each([
    ["active time", { activeMs: 60_000 }, {}, "timeoutMs"],
    ["active time, not by enough", { activeMs: 60_000 }, { timeoutMs: 60_000 }, "timeoutMs"],
    ["the budget", { budgetMicroUsd: 4_799 }, {}, "budgetMicroUsd"],
    ["the budget, not by enough", { budgetMicroUsd: 100 }, { budgetMicroUsd: 4_799 }, "budgetMicroUsd"],
  ] as const)("%s", (_, overrides, raise, field) => {
    const head = { ...anEnded("too-many-failures"), ...overrides };
    expect(decide(head, raise)).toMatchObject({ kind: "refused", field });
    expect(decide(head, { timeoutMs: 60_001, budgetMicroUsd: 4_800 }).kind).toBe("redrive");
  });

  test("and the new deadline must lie before what the run needs is gone", () => {
    const head = anEnded("deadline");
    const lastMs = head.createdAtMs + limits.keepEndedMs + limits.deadlineMaxMs - 1_000;
    expect(decide(head, {}, lastMs)).toMatchObject({ kind: "refused", field: "deadlineMs" });
    expect(decide(head, { deadlineMs: 1_000 }, lastMs).kind).toBe("redrive");
  });
});

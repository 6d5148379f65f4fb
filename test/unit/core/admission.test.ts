import { expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { runHead } from "../../../services/contract/run.ts";
import { keys } from "../../../services/contract/tables.ts";
import { admit } from "../../../services/core/admission.ts";
import { wakeOf } from "../../../services/core/lifecycle.ts";
import { anAccepted, aTimeMs } from "../../support/builders.ts";
import { aWakeId } from "../../support/ids.ts";

test("an accepted run is a whole head, queued at its shard, due now, before its first turn", () => {
  const accepted = anAccepted({ nextMicroUsd: 123 });
  const head = admit(accepted);
  expect(runHead.parse(head)).toEqual(head);
  expect(head).toMatchObject({
    state: "QUEUED",
    turn: 1,
    holder: keys.queueHolder(accepted.lane, accepted.runId),
    dueAtMs: aTimeMs,
    createdAtMs: aTimeMs,
    wakeId: accepted.wakeId,
    nextMicroUsd: 123,
    reservedMicroUsd: 0,
    spentMicroUsd: 0,
  });
  expect(head).not.toHaveProperty("expiresAt");
  expect(head).not.toHaveProperty("nowMs");
});

test("the first epoch is the second of creation, so a later life of the same id begins above the earlier one", () => {
  expect(admit(anAccepted({ nowMs: 1_790_000_000_999 })).epoch).toBe(1_790_000_000);
  const later = admit(anAccepted({ nowMs: 1_790_000_000_999 + limits.keepEndedMs })).epoch;
  expect(later - 1_790_000_000).toBeGreaterThan(2 * limits.interruptionsMax);
});

test("limits that the request leaves out have defaults, given ones are kept", () => {
  expect(admit(anAccepted())).toMatchObject({
    deadlineAtMs: aTimeMs + limits.deadlineDefaultMs,
    budgetMicroUsd: limits.budgetDefaultMicroUsd,
  });
  const given = anAccepted({ deadlineMs: 5_000, budgetMicroUsd: 77, timeoutMs: 3_000 });
  expect(admit(given)).toMatchObject({ deadlineAtMs: aTimeMs + 5_000, budgetMicroUsd: 77, timeoutMs: 3_000 });
});

test("its wake-up carries what a claim needs without reading", () => {
  const head = admit(anAccepted({ timeoutMs: 9_000, deadlineMs: 60_000 }));
  const wakeId = aWakeId();
  expect(wakeOf(head, wakeId)).toEqual({
    v: 1,
    runId: head.runId,
    wakeId,
    remainingMs: 9_000,
    deadlineAtMs: aTimeMs + 60_000,
    tenant: head.tenant,
  });
  expect(wakeOf({ ...head, activeMs: 99_000 }, wakeId).remainingMs).toBe(0);
});

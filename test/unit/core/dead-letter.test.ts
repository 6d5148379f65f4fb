import { describe, expect, test } from "vitest";
import { applyHeadWrite } from "../../../services/adapters/memory/apply-head-write.ts";
import { limits } from "../../../services/contract/limits.ts";
import { runHead } from "../../../services/contract/run.ts";
import { keys } from "../../../services/contract/tables.ts";
import { letterFate } from "../../../services/core/dead-letter.ts";
import { aQueuedRun, aTimeMs } from "../../support/builders.ts";
import { aWakeId, aWorkerId } from "../../support/ids.ts";

const NOW = aTimeMs + 60_000;
const at = () => ({ nowMs: NOW, wakeId: aWakeId() });

describe("a dead letter that is current", () => {
  test("is sent again under a fresh id and counted on the run alone", () => {
    const { head, wake } = aQueuedRun({ failures: 2, interruptions: 3 });
    const fate = letterFate(head, wake, at());
    if (fate.kind !== "resend") throw new Error(fate.kind);
    const after = runHead.parse(applyHeadWrite(head, fate.write));
    expect(after).toMatchObject({ state: "QUEUED", wakeId: fate.wakeId, dueAtMs: NOW, deadLetters: 1 });
    expect(after).toMatchObject({ failures: 2, interruptions: 3, epoch: head.epoch });
    expect(letterFate(after, wake, at())).toEqual({ kind: "drop", because: "stale" });
  });

  test("ends the run only once its own count is above the limit", () => {
    const { head, wake } = aQueuedRun();
    expect(letterFate({ ...head, deadLetters: limits.deadLettersMax - 1 }, wake, at()).kind).toBe("resend");
    const fate = letterFate({ ...head, deadLetters: limits.deadLettersMax }, wake, at());
    if (fate.kind !== "end") throw new Error(fate.kind);
    const after = applyHeadWrite({ ...head, deadLetters: limits.deadLettersMax }, fate.write);
    expect(after).toMatchObject({ state: "DEAD", reason: "too-many-dead-letters" });
  });
});

describe("a dead letter is of no use", () => {
  const { head, wake } = aQueuedRun();
  test.each([
    ["no run", undefined],
    ["ended", { ...head, state: "SUCCEEDED" }],
    ["stale", { ...head, wakeId: aWakeId() }],
    ["held", { ...head, state: "RUNNING", holder: aWorkerId() }],
    ["parked", { ...head, holder: keys.parkHolder(head.runId) }],
  ] as const)("%s", (because, found) => {
    expect(letterFate(found, wake, at())).toEqual({ kind: "drop", because });
  });
});

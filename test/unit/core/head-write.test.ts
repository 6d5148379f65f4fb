import { describe, expect, test } from "vitest";
import { wasApplied } from "../../../services/core/head-write.ts";
import { claim, commitTurn, reclaim } from "../../../services/core/lifecycle.ts";
import { aQueuedRun, aTimeMs, aUsage } from "../../support/builders.ts";
import { aRunning, written } from "../../support/claimed-run.ts";
import { aNonce, aWakeId, aWorkerId } from "../../support/ids.ts";

const NOW = aTimeMs;
const aTurn = { usage: aUsage(), costMicroUsd: 30 };

describe("a write whose answer was lost", () => {
  test("counts as applied when the head shows it, and only then", () => {
    const { head, wake } = aQueuedRun();
    const mine = claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW);
    const others = claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW);
    const after = written(head, mine);
    expect(wasApplied(after, mine)).toBe(true);
    expect(wasApplied(after, others)).toBe(false);
    expect(wasApplied(head, mine)).toBe(false);
  });

  test("shows nothing when it set nothing", () => {
    const { head, lease } = aRunning();
    const guard = { state: "RUNNING", holder: lease.holder, epoch: lease.epoch } as const;
    expect(wasApplied(head, { guard, set: {} })).toBe(false);
    expect(wasApplied(head, { guard, set: {}, add: { waits: 1 } })).toBe(false);
  });

  test("is not mistaken for the same worker's claim of another message", () => {
    const { head, wake } = aQueuedRun();
    const worker = aWorkerId();
    const first = claim(wake, { worker, nonce: aNonce() }, NOW);
    expect(wasApplied(written(head, first), claim(wake, { worker, nonce: aNonce() }, NOW))).toBe(false);
  });

  test("is not ours to go on with when the run was taken meanwhile, even if all that we set is still there", () => {
    const { head, lease } = aRunning({ nextMicroUsd: 0 });
    const commit = commitTurn(head, lease, { ...aTurn, nextMicroUsd: 0 });
    const committed = written(head, commit);
    expect(wasApplied(committed, commit)).toBe(true);
    expect(wasApplied(written(committed, reclaim(committed, aWakeId(), NOW)), commit)).toBe(false);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { HeadWrite } from "../../services/contract/run.ts";
import { claim, commitAndEnd, commitTurn, reclaim, release } from "../../services/core/lifecycle.ts";
import { UnreadableRuns } from "../../services/core/unreadable-runs.ts";
import type { RunStore } from "../../services/ports/run-store.ts";
import { aHead, aQueuedRun, aUsage } from "../support/builders.ts";
import { aNonce, aRunId, aWakeId, aWorkerId } from "../support/ids.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

/**
 * `loseAnswer` makes the next write happen without its answer arriving, where an implementation can do that. `spoil` makes a head
 * one that no version of ours wrote.
 */
export type RunStoreMade = Made<RunStore> & { loseAnswer?(): void; spoil(id: RunId): Promise<void> };

const NOW = suiteTimeMs;
const aTurn = { usage: aUsage(), costMicroUsd: 20 };

export function runStoreContract(name: string, make: Make<RunStoreMade>): void {
  describe(`RunStore: ${name}`, () => {
    let made: RunStoreMade;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const written = async (id: ReturnType<typeof aRunId>, write: HeadWrite) => {
      const outcome = await made.port.write(id, write);
      if (outcome.kind !== "written") throw new Error(`refused: ${JSON.stringify(outcome.head)}`);
      return outcome.head;
    };
    const running = async () => {
      const { head, wake } = aQueuedRun();
      await made.port.create(head, NOW);
      const worker = aWorkerId();
      const claimed = await written(head.runId, claim(wake, { worker, nonce: aNonce() }, NOW));
      return { head: claimed, wake, lease: { holder: worker, epoch: claimed.epoch } };
    };

    test("a new head is created and read back whole", async () => {
      const head = aHead({ detail: "ä 🙂", cancelRequestedAtMs: NOW });
      expect(await made.port.create(head, NOW)).toEqual({ kind: "created" });
      expect(await made.port.read([head.runId], NOW)).toEqual([head]);
    });

    test("a second creation is told of the head that is there, and changes nothing", async () => {
      const head = aHead();
      await made.port.create(head, NOW);
      const other = aHead({ runId: head.runId, tenant: head.tenant });
      expect(await made.port.create(other, NOW)).toEqual({ kind: "exists", head });
      expect(await made.port.read([head.runId], NOW)).toEqual([head]);
    });

    test("one of 20 racing creations makes the run, and the others are told of it", async () => {
      const first = aHead();
      const heads = Array.from({ length: 20 }, () => aHead({ runId: first.runId, tenant: first.tenant }));
      const outcomes = await Promise.all(heads.map((head) => made.port.create(head, NOW)));
      const winner = heads[outcomes.findIndex((outcome) => outcome.kind === "created")];
      expect(outcomes.filter((outcome) => outcome.kind === "created")).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.kind === "exists") expect(outcome.head).toEqual(winner);
      expect(await made.port.read([first.runId], NOW)).toEqual([winner]);
    });

    test("an expired head counts as absent when read and is replaced by a creation", async () => {
      const expiryMs = NOW + 3_600_000;
      const old = aHead({ state: "SUCCEEDED", reason: "completed", expiresAt: expiryMs / 1_000 });
      await made.port.create(old, NOW);
      expect(await made.port.read([old.runId], expiryMs - 60_000)).toEqual([old]);
      expect(await made.port.read([old.runId], expiryMs + 60_000)).toEqual([]);
      const next = aHead({ runId: old.runId, tenant: old.tenant, createdAtMs: expiryMs + 60_000 });
      expect(await made.port.create(next, expiryMs + 60_000)).toEqual({ kind: "created" });
      expect(await made.port.read([old.runId], expiryMs + 60_000)).toEqual([next]);
    });

    test("reads keep the order asked for and leave absent runs out", async () => {
      const heads = Array.from({ length: 5 }, () => aHead());
      for (const head of heads) await made.port.create(head, NOW);
      const asked = [...heads].reverse();
      const read = await made.port.read([aRunId(), ...asked.map((head) => head.runId), aRunId()], NOW);
      expect(read).toEqual(asked);
    });

    test("a read takes as many ids as the limit says", async () => {
      const heads = Array.from({ length: 30 }, () => aHead());
      await Promise.all(heads.map((head) => made.port.create(head, NOW)));
      const absent = Array.from({ length: limits.readBatchMax - heads.length }, aRunId);
      const read = await made.port.read([...absent, ...heads.map((head) => head.runId)], NOW);
      expect(read).toEqual(heads);
      expect(await made.port.read([], NOW)).toEqual([]);
    });

    test("heads that cannot be read are named, with those beside them that can, in their order", async () => {
      const heads = Array.from({ length: 6 }, () => aHead());
      for (const head of heads) await made.port.create(head, NOW);
      const ids = heads.map(({ runId }) => runId);
      const [first, second, third, ...others] = heads;
      if (first === undefined || second === undefined || third === undefined) throw new Error("six were made");
      await made.spoil(first.runId);
      await made.spoil(third.runId);
      const readOf = (asked: readonly RunId[]) => made.port.read(asked, NOW).catch((thrown: unknown) => thrown);
      const error = await readOf([...ids, aRunId()]);
      expect(error).toBeInstanceOf(UnreadableRuns);
      expect(error).toMatchObject({ ids: [first.runId, third.runId], others: [second, ...others] });
      expect(await readOf([first.runId])).toMatchObject({ name: "UnreadableRuns", ids: [first.runId], others: [] });
      expect(await readOf([second.runId])).toEqual([second]);
    });

    test("a head that cannot be read is gone at its time as well", async () => {
      const expiryMs = NOW + 3_600_000;
      const old = aHead({ state: "SUCCEEDED", reason: "completed", expiresAt: expiryMs / 1_000 });
      await made.port.create(old, NOW);
      await made.spoil(old.runId);
      expect(await made.port.read([old.runId], expiryMs + 60_000)).toEqual([]);
    });

    test("a claim raises the epoch by one and reserves the next turn from the stored head", async () => {
      const { head, wake } = aQueuedRun({ nextMicroUsd: 7_777, reservedMicroUsd: 0 });
      await made.port.create(head, NOW);
      const worker = aWorkerId();
      const outcome = await made.port.write(head.runId, claim(wake, { worker, nonce: "nonce-1" }, NOW + 5));
      expect(outcome).toMatchObject({
        kind: "written",
        head: { state: "RUNNING", holder: worker, epoch: head.epoch + 1, reservedMicroUsd: 7_777, nonce: "nonce-1" },
      });
    });

    test("copy and add read the values from before the write", async () => {
      const head = aHead({ nextMicroUsd: 10, reservedMicroUsd: 3, waits: 4 });
      await made.port.create(head, NOW);
      const after = await written(head.runId, {
        guard: { epoch: head.epoch },
        set: { nextMicroUsd: 99 },
        copy: { reservedMicroUsd: "nextMicroUsd" },
        add: { waits: 2, epoch: 1 },
      });
      expect(after).toEqual({
        ...head,
        nextMicroUsd: 99,
        reservedMicroUsd: 10,
        waits: 6,
        epoch: head.epoch + 1,
      });
    });

    test("removed fields are gone", async () => {
      const { head, lease } = await running();
      await written(
        head.runId,
        commitAndEnd(head, lease, { spend: aTurn, ending: { reason: "completed", nowMs: NOW + 9 } }),
      );
      const [ended] = await made.port.read([head.runId], NOW + 10);
      expect(ended).toMatchObject({ state: "SUCCEEDED", reason: "completed", turn: 2, spentMicroUsd: 20 });
      for (const field of ["holder", "dueAtMs", "openShard", "wakeId"]) expect(ended).not.toHaveProperty(field);
    });

    test("one of 50 racing claims wins, and the others see the winner", async () => {
      const { head, wake } = aQueuedRun();
      await made.port.create(head, NOW);
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () =>
          made.port.write(head.runId, claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW)),
        ),
      );
      const winners = outcomes.filter((outcome) => outcome.kind === "written");
      expect(winners).toHaveLength(1);
      expect(winners[0]?.head?.epoch).toBe(head.epoch + 1);
      for (const outcome of outcomes) expect(outcome.head?.holder).toBe(winners[0]?.head?.holder);
    });

    test("a refused write changes nothing and gives the head", async () => {
      const { head, wake } = await running();
      const outcome = await made.port.write(head.runId, claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW));
      expect(outcome).toEqual({ kind: "refused", head });
      expect(await made.port.read([head.runId], NOW)).toEqual([head]);
    });

    test("a write on a run that is not there is refused without a head and makes none", async () => {
      const id = aRunId();
      const outcome = await made.port.write(id, { guard: { state: "QUEUED" }, set: { state: "RUNNING" } });
      expect(outcome).toEqual({ kind: "refused", head: undefined });
      expect(await made.port.write(id, { guard: {}, set: { failures: 1 } })).toEqual(outcome);
      expect(await made.port.read([id], NOW)).toEqual([]);
    });

    test("a guard on a field that the head does not have refuses", async () => {
      const { holder: _, ...free } = aHead();
      await made.port.create(free, NOW);
      const outcome = await made.port.write(free.runId, { guard: { holder: "w_somebody" }, set: { failures: 1 } });
      expect(outcome).toEqual({ kind: "refused", head: free });
    });

    test("after the epoch was raised the old holder commits nothing", async () => {
      const { head, lease } = await running();
      const reclaimed = await written(head.runId, reclaim(head, aWakeId(), NOW + 1_000));
      expect(reclaimed.epoch).toBe(head.epoch + 1);
      const outcome = await made.port.write(head.runId, commitTurn(head, lease, { ...aTurn, nextMicroUsd: 5 }));
      expect(outcome).toEqual({ kind: "refused", head: reclaimed });
    });

    test("after another claim the old holder commits nothing, not even the same worker", async () => {
      const { head, lease } = await running();
      const wakeId = aWakeId();
      await written(head.runId, reclaim(head, wakeId, NOW + 1_000));
      const wake = { v: 1, runId: head.runId, wakeId, remainingMs: 1_000, deadlineAtMs: head.deadlineAtMs } as const;
      const again = await written(head.runId, claim(wake, { worker: lease.holder, nonce: aNonce() }, NOW + 2_000));
      expect(again.epoch).toBe(head.epoch + 2);
      const stale = await made.port.write(head.runId, commitTurn(head, lease, { ...aTurn, nextMicroUsd: 5 }));
      expect(stale).toEqual({ kind: "refused", head: again });
    });

    test("a release keeps the epoch and makes the old wake-up stale", async () => {
      const { head, wake, lease } = await running();
      const wakeId = aWakeId();
      const how = { kind: "interruption", wakeId, nowMs: NOW + 10, callInDoubt: false } as const;
      const free = await written(head.runId, release(head, lease, how));
      expect(free).toMatchObject({ state: "QUEUED", epoch: head.epoch, wakeId, interruptions: 1, reservedMicroUsd: 0 });
      const stale = await made.port.write(head.runId, claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW + 20));
      expect(stale).toEqual({ kind: "refused", head: free });
    });

    test("a turn is committed once: the next commit needs the next turn", async () => {
      const { head, lease } = await running();
      const first = await written(head.runId, commitTurn(head, lease, { ...aTurn, nextMicroUsd: 500 }));
      expect(first).toMatchObject({ turn: 2, spentMicroUsd: 20, reservedMicroUsd: 500, nextMicroUsd: 500 });
      const other = { usage: aUsage({ outputTokens: 999 }), costMicroUsd: 999 };
      expect(await made.port.write(head.runId, commitTurn(head, lease, { ...other, nextMicroUsd: 500 }))).toEqual({
        kind: "refused",
        head: first,
      });
    });

    test("the same write again, as after a lost answer, is reported as written and applied once", async () => {
      const { head, wake } = aQueuedRun();
      await made.port.create(head, NOW);
      const worker = aWorkerId();
      const write = claim(wake, { worker, nonce: aNonce() }, NOW);
      const first = await written(head.runId, write);
      expect(await written(head.runId, write)).toEqual(first);
      const commit = commitTurn(first, { holder: worker, epoch: first.epoch }, { ...aTurn, nextMicroUsd: 500 });
      const committed = await written(head.runId, commit);
      expect(await written(head.runId, commit)).toEqual(committed);
      expect(await made.port.read([head.runId], NOW)).toEqual([committed]);
    });

    test("a write whose answer was lost is settled by sending it again", async ({ skip }) => {
      if (made.loseAnswer === undefined) return skip("this implementation cannot lose an answer on demand");
      const { head, wake } = aQueuedRun();
      await made.port.create(head, NOW);
      const write = claim(wake, { worker: aWorkerId(), nonce: aNonce() }, NOW);
      made.loseAnswer();
      const lost = await made.port.write(head.runId, write).catch((error: unknown) => error);
      if (!(lost instanceof Error)) expect(lost).toMatchObject({ kind: "written", head: { epoch: head.epoch + 1 } });
      expect(await written(head.runId, write)).toMatchObject({ epoch: head.epoch + 1, holder: write.set.holder });
    });
  });
}

import type { RunId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { type RunHead, runHead } from "../../contract/run.ts";
import { wasApplied } from "../../core/head-write.ts";
import { UnreadableRuns } from "../../core/unreadable-runs.ts";
import type { RunStore } from "../../ports/run-store.ts";
import { applyHeadWrite } from "./apply-head-write.ts";
import type { Faults } from "./faults.ts";

/** What hears of every head that changed: the index. */
export type HeadFollower = { follow(id: RunId, head: RunHead | undefined): void };

/**
 * Heads in a map. They are frozen, so what a caller holds never changes under it and nobody changes the store's. `check` looks
 * at every head that is to be kept; a simulation with checks of its own, for which a parse is most of a write, replaces it.
 */
export function memoryRunStore(
  faults: Faults,
  follower: HeadFollower,
  check: (head: RunHead) => RunHead = (head) => runHead.parse(head),
): RunStore {
  const heads = new Map<RunId, RunHead>();
  const present = (id: RunId, nowMs: number): RunHead | undefined => {
    const head = heads.get(id);
    const expired = head?.expiresAt !== undefined && head.expiresAt * 1_000 <= nowMs;
    return expired ? undefined : head;
  };
  const keep = (head: RunHead): RunHead => {
    const frozen = Object.freeze(check(head));
    heads.set(head.runId, frozen);
    follower.follow(head.runId, frozen);
    return frozen;
  };
  const unreadable = (there: readonly RunHead[], others: readonly RunHead[]): UnreadableRuns => {
    const spoilt = there.filter((head) => !others.includes(head));
    return new UnreadableRuns(
      others,
      new Map(spoilt.map(({ runId }) => [runId, new Error("another version wrote it")])),
    );
  };
  /** A write fails before it changes anything: its guard says no, and what is there cannot be told. */
  const needsReadable = (id: RunId): void => {
    if (faults.spoilt.has(id)) throw new Error(`the head of ${id} cannot be read`);
  };
  return {
    create: (head, nowMs) =>
      faults.run("runs.create", () => {
        needsReadable(head.runId);
        const there = present(head.runId, nowMs);
        if (there !== undefined) return { kind: "exists", head: there };
        keep({ ...head });
        return { kind: "created" };
      }),
    read: (ids, nowMs) =>
      faults.run("runs.read", () => {
        if (ids.length > limits.readBatchMax) throw new Error(`read: at most ${limits.readBatchMax} runs in one call`);
        const there = ids.flatMap((id) => present(id, nowMs) ?? []);
        const others = there.filter(({ runId }) => !faults.spoilt.has(runId));
        if (others.length < there.length) throw unreadable(there, others);
        return others;
      }),
    write: (id, write) =>
      faults.run("runs.write", () => {
        needsReadable(id);
        const head = heads.get(id);
        if (head === undefined) return { kind: "refused", head };
        const after = applyHeadWrite(head, write);
        if (after !== undefined) return { kind: "written", head: keep(after) };
        return { kind: wasApplied(head, write) ? "written" : "refused", head };
      }),
  };
}

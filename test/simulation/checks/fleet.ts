/** Promises 3, 6 and 9, and the worker's own rule: who may not act does not, who is told to go gives everything back. */
import type { WorkerId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { isWorkerHolder, keys } from "../../../services/contract/tables.ts";
import type { SimMoment, SimProcess } from "../engine/sim-process.ts";
import type { RunFile } from "../world/run-file.ts";
import type { Check } from "./observer.ts";

/** No claim, call or effect later than `actWithinMs` after sending the last acknowledged beat, by the worker's own clocks: a machine that sleeps is silent. */
export const onlyTheFreshAct: Check = (report) => {
  const sentAt = new Map<SimProcess, SimMoment>();
  return {
    beatAnswered: (by, sent) => void sentAt.set(by, sent),
    acts: (by, what, file) => {
      const sent = sentAt.get(by);
      const silentMs = sent === undefined ? Number.POSITIVE_INFINITY : by.sinceMs(sent);
      if (silentMs > limits.actWithinMs) report("onlyTheFreshAct", file, `${by.name}: ${what} after ${silentMs} ms`);
    },
  };
};

/**
 * A drain that nothing disturbed has given everything back `drainMarginMs` before the deadline, or within `drainMs`. A worker that
 * a fault touched earlier may hold a run that it does not know of: a claim whose answer was lost. Others reclaim that. One whose wall
 * clock is set ahead takes a deadline that is to come for past.
 */
export const drainsRelease: Check = (report) => ({
  drained: ({ by, notice, held }) => {
    const isWell = by.disturbed === 0 && by.disturbedSinceNotice === 0 && !by.isClockSet;
    if (held > 0 && isWell) report("drainsRelease", undefined, `${by.name} left and holds ${held} runs`);
    if (notice === undefined || by.disturbedSinceNotice > 0) return;
    const byMs = (notice.deadlineAtMs ?? notice.atMs + limits.drainMs) - limits.drainMarginMs;
    const lateMs = by.clock.nowMs() - Math.max(byMs, notice.atMs + limits.storeCallMs);
    if (lateMs > limits.storeCallMs) report("drainsRelease", undefined, `${by.name} was ${lateMs} ms late`);
  },
});

/**
 * A drain that nothing disturbed lets turns finish: it aborts no call before the time at which its deadline makes it, and none at
 * all where there is no deadline, because then a whole turn fits. Calls that were aborted by the turn limit are older.
 */
export const drainsFinishTurns: Check = (report) => {
  const startedMs = new Map<RunFile, number>();
  const aborted = new Set<RunFile>();
  return {
    modelCall: ({ file, by }) => void startedMs.set(file, by.clock.monotonicMs()),
    modelCallOver: ({ file, by }, end) => {
      const ageMs = by.clock.monotonicMs() - (startedMs.get(file) ?? 0);
      startedMs.delete(file);
      const isAborted = end.kind === "failed" && end.code === "aborted" && ageMs < limits.turnMs - SKEW_MS;
      if (isAborted) aborted.add(file);
      else aborted.delete(file);
    },
    head: ({ file, before, after, by }) => {
      if (before?.state !== "RUNNING" || after.state === "RUNNING" || !aborted.delete(file)) return;
      const isOwn = after.state === "QUEUED" && by?.name === before.holder && after.inDoubt > before.inDoubt;
      if (!isOwn || by === undefined || by.disturbedSinceNotice > 0) return;
      const earlyMs = by.stopByMs - limits.drainMarginMs - limits.storeCallMs - by.clock.nowMs();
      if (earlyMs > 0) report("drainsFinishTurns", file, `${by.name} aborted a turn ${earlyMs} ms too early`);
    },
  };
};

/** Who is declared dead is gone, or no beat of it was stored for `deadAfterMs`, by a clock that may run a little fast. */
export const onlyTheSilentAreBuried: Check = (report) => {
  const storedMs = new Map<WorkerId, number>();
  return {
    beatStored: (id, atMs) => void storedMs.set(id, atMs),
    buried: (id, atMs, gone) => {
      const silentMs = atMs - (storedMs.get(id) ?? 0);
      if (!gone && silentMs < limits.deadAfterMs * SLOWEST)
        report("onlyTheSilentAreBuried", undefined, `${id} was buried ${silentMs} ms after its last beat`);
    },
  };
};

/** How slow true time may be beside a clock that runs fast. */
const SLOWEST = 0.98;

/** Clocks of two controllers may differ by this. */
const SKEW_MS = 5_000;

/** An honest backlog is left alone: a wake-up that is no dead letter is not sent again before `resendAfterMs` have passed. */
export const backlogIsLeftAlone: Check = (report) => ({
  head: ({ file, before, after }) => {
    if (before?.state !== "QUEUED" || after.state !== "QUEUED" || before.wakeId === after.wakeId) return;
    const isDeadLetter = (after.deadLetters ?? 0) > (before.deadLetters ?? 0);
    if (isDeadLetter || before.holder === keys.parkHolder(before.runId)) return;
    const sinceMs = (after.dueAtMs ?? 0) - (before.dueAtMs ?? 0);
    if (sinceMs < limits.resendAfterMs - SKEW_MS) report("backlogIsLeftAlone", file, `sent again after ${sinceMs} ms`);
  },
});

/**
 * Where slots are always free and nothing was wrong since a wake-up was sent, a run waits because its tenant is at its cap: it is not sent
 * again, however long that takes. (Behind full slots it is, once it has waited twice as long as others of late.)
 */
export const honestWaitsAreLeftAlone =
  ({ quietMs, nowMs }: { quietMs(): number; nowMs(): number }): Check =>
  (report) => {
    /** When each run's wake-up was made, in true time: the clocks of two controllers may be minutes apart. */
    const wokenMs = new Map<RunFile, number>();
    return {
      head: ({ file, before, after, by }) => {
        if (before?.wakeId === after.wakeId) return;
        const waitedMs = nowMs() - (wokenMs.get(file) ?? 0);
        wokenMs.set(file, nowMs());
        if (by?.kind !== "controller" || before?.state !== "QUEUED" || after.state !== "QUEUED") return;
        if (before.holder === keys.parkHolder(before.runId)) return;
        if (quietMs() > waitedMs + SKEW_MS)
          report("honestWaitsAreLeftAlone", file, `sent again after ${waitedMs} ms, and nothing was wrong`);
      },
    };
  };

/** A queued run that changed hands has a wake-up that no older message has. */
export const wakeUpsAreFresh: Check = (report) => ({
  head: ({ file, before, after }) => {
    const released = before?.state === "RUNNING" && after.state === "QUEUED";
    if (released && before.wakeId === after.wakeId)
      report("wakeUpsAreFresh", file, `queued again under ${after.wakeId}`);
  },
});

/** Slots: a worker has at most so many calls open. */
export const slotsHold =
  (slots: number): Check =>
  (report) => {
    const open = new Map<string, number>();
    return {
      modelCall: ({ by, file }) => {
        const now = (open.get(by.name) ?? 0) + 1;
        open.set(by.name, now);
        if (now > slots) report("slotsHold", file, `${by.name} has ${now} calls open and ${slots} slots`);
        if (!isWorkerHolder(by.name)) report("slotsHold", file, `${by.name} is no worker`);
      },
      modelCallOver: ({ by }) => void open.set(by.name, (open.get(by.name) ?? 1) - 1),
    };
  };

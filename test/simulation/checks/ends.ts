/** Promise 1: an accepted run is never absent and reaches exactly one end. */
import type { RunHead } from "../../../services/contract/run.ts";
import { isEndMark, isWorkerHolder } from "../../../services/contract/tables.ts";
import { isEnded } from "../../../services/core/lifecycle.ts";
import type { Check } from "./observer.ts";

/** Who got a 202 has a durable head of its own tenant. */
export const acceptedIsStored: Check = (report) => ({
  accepted: (file, tenant) => {
    if (file.head === undefined) report("acceptedIsStored", file, "answered 202, and there is no head");
    else if (file.head.tenant !== tenant) report("acceptedIsStored", file, `is a run of ${file.head.tenant}`);
  },
});

/** What the books of an ended run change on its head. */
const withoutBooks = ({
  holder: _h,
  dueAtMs: _d,
  unbooked: _u,
  bookedPossibleMicroUsd: _b,
  latePossible: _l,
  ...head
}: RunHead): string => JSON.stringify(head);

/** An end is for ever, but for a redrive that its caller asked for: that is a new acceptance, of a run that did not finish. */
export const endsOnce: Check = (report, files) => ({
  head: ({ file, before, after, by }) => {
    if (before === undefined || !isEnded(before.state) || withoutBooks(before) === withoutBooks(after)) return;
    const finished = before.state === "SUCCEEDED" || before.state === "CANCELLED";
    const asked = file.redriveAsked || files.redriving.has(before.tenant);
    const redriven = asked && by?.kind === "api" && after.state === "QUEUED" && !finished;
    if (!redriven || after.epoch <= before.epoch)
      report("endsOnce", file, `${before.state} was written over with ${after.state}`);
  },
});

/** Nobody but the user cancels: a drain, a crash, a forced end is never CANCELLED by itself. */
export const onlyUsersCancel: Check = (report, files) => ({
  head: ({ file, after }) => {
    const asked = file.cancelAsked || files.cancelling.has(after.tenant);
    if (after.state === "CANCELLED" && !asked) report("onlyUsersCancel", file, "nobody asked for it");
  },
});

/** State, holder, wake-up and reason belong together. */
export const headsAreWhole: Check = (report) => ({
  head: ({ file, after }) => {
    const { state, holder, wakeId, reason, expiresAt, dueAtMs } = after;
    const held = holder !== undefined && isWorkerHolder(holder);
    const whole = isEnded(state)
      ? (holder === undefined || isEndMark(holder)) &&
        (dueAtMs === undefined) === (holder === undefined) &&
        reason !== undefined &&
        expiresAt !== undefined
      : dueAtMs !== undefined && wakeId !== undefined && holder !== undefined && held === (state === "RUNNING");
    if (!whole) report("headsAreWhole", file, `${state} with holder ${holder}, wake-up ${wakeId}, reason ${reason}`);
  },
});

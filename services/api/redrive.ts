/** Queues an ended run again: the write, then its wake-up. */
import { type Lane, wakeId } from "../contract/ids.ts";
import type { RunHead } from "../contract/run.ts";
import { wakeOf } from "../core/lifecycle.ts";
import { decideRedrive, type Raise } from "../core/redrive.ts";
import type { ApiParts } from "./deps.ts";
import { errorText } from "./error-text.ts";
import { type Refusal, refuse } from "./problem.ts";

type Redriven = { readonly kind: "redriven"; readonly head: RunHead };

/** A wake-up that is not taken is told and left to the sweep: the run is queued. */
async function wake({ queue, events }: ApiParts, head: RunHead): Promise<void> {
  if (head.wakeId === undefined) return;
  const operation = `send ${head.lane}`;
  try {
    const left = await queue.send(head.lane, [wakeOf(head, head.wakeId)]);
    if (left.length > 0) events.emit("store.failed", { operation, message: "a wake-up was not taken" });
  } catch (error) {
    events.emit("store.failed", { operation, message: errorText(error) });
  }
}

/** The lane that has no room for the run. */
export type NoRoom = { readonly kind: "no-room"; readonly lane: Lane };

/**
 * Redrives a run as it was read. Refused with 409 when it cannot go on, or when somebody moved it meanwhile; of two that
 * redrive it at once one is refused. It takes room of its own tenant, as a submit does, whoever asks. Throws when the store
 * fails.
 */
export async function redriveRun(parts: ApiParts, head: RunHead, raise: Raise): Promise<Redriven | NoRoom | Refusal> {
  const nowMs = parts.clock.nowMs();
  const decision = decideRedrive(head, raise, { nowMs, wakeId: wakeId.parse(`k_${parts.chance.id()}`) });
  if (decision.kind === "refused") {
    const mistakes = decision.field === undefined ? [] : [{ field: decision.field, message: decision.because }];
    return refuse("not-redrivable", decision.because, mistakes.length === 0 ? {} : { mistakes });
  }
  const taken = await parts.room.take(head.tenant, new Map([[head.lane, 1]]));
  if (taken !== undefined) return { kind: "no-room", lane: taken.full };
  const outcome = await parts.runs.write(head.runId, decision.write);
  if (outcome.kind === "refused") return refuse("not-redrivable", `the run is ${outcome.head?.state ?? "gone"} now`);
  const { runId, turn } = outcome.head;
  parts.events.emit("run.redriven", { runId, turn, was: head.state });
  await wake(parts, outcome.head);
  return { kind: "redriven", head: outcome.head };
}

/**
 * Cancels a run: a queued one ends here, a running one is marked and its holder is told; the watch forces what its holder
 * keeps. A holder that cannot be told is not waited for: the run ends here, and the holder is refused at its next write.
 */
import { workerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { isWorkerHolder } from "../contract/tables.ts";
import { endFromOutside, isEnded, markCancel } from "../core/lifecycle.ts";
import { toldEnd } from "../core/told-run.ts";
import type { ApiParts } from "./deps.ts";
import { errorText } from "./error-text.ts";
import { type Refusal, refuse } from "./problem.ts";

type Cancelled = { readonly kind: "ended" | "asked"; readonly head: RunHead };

/** Tells the holder; false when it is gone, or has its inbox full, or nobody knows whether it was told. */
async function tellHolder({ fleet, events }: ApiParts, head: RunHead): Promise<boolean> {
  if (head.holder === undefined || !isWorkerHolder(head.holder)) return false;
  const untilMs = (head.cancelRequestedAtMs ?? 0) + limits.cancelGraceMs;
  try {
    const told = await fleet.notify(workerId.parse(head.holder), { kind: "cancel", runId: head.runId, untilMs });
    return told === "delivered";
  } catch (error) {
    events.emit("store.failed", { operation: "notify", message: errorText(error) });
    return false;
  }
}

/** The write that this state of the run needs. */
const writeFor = (head: RunHead, nowMs: number) =>
  head.state === "RUNNING" && head.cancelRequestedAtMs === undefined
    ? markCancel(head, nowMs)
    : endFromOutside(head, { reason: "cancelled-by-user", nowMs });

/** Idempotent: an ended run is left as it is, a marked one is not marked again. 503 when the run moves at every try. */
export async function cancel(parts: ApiParts, first: RunHead): Promise<Cancelled | Refusal> {
  let head = first;
  for (let tries = 0; tries < limits.cancelTries; tries++) {
    if (isEnded(head.state)) return { kind: "ended", head };
    if (head.state === "RUNNING" && head.cancelRequestedAtMs !== undefined && (await tellHolder(parts, head)))
      return { kind: "asked", head };
    const outcome = await parts.runs.write(head.runId, writeFor(head, parts.clock.nowMs()));
    if (outcome.head === undefined) return refuse("run-not-found", `there is no run ${head.runId} any more`);
    head = outcome.head;
    if (outcome.kind === "written" && isEnded(head.state))
      parts.events.emit("run.ended", toldEnd(head, "cancelled-by-user"));
  }
  return refuse("unavailable", "the run kept changing hands; send the cancel again");
}

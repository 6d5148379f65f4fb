/**
 * What becomes of a wake-up that nobody could use and that the queue put aside. The queue's count of receives never ends a
 * run: a letter that is still current is sent again under a fresh id and counted on the run, whose own count has a limit.
 */
import type { WakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { WakeMessage } from "../contract/messages.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import { isWorkerHolder, keys } from "../contract/tables.ts";
import { endFromOutside, isEnded, wakeAgain } from "./lifecycle.ts";

/** Why a letter is of no use any more. `held`: a worker runs it, and the watch moves it if that worker dies. */
export type Useless = "no run" | "ended" | "stale" | "held" | "parked";

/** `resend` wants a fresh message with `wakeId` after the write; `end` gives the run up. */
export type LetterFate =
  | { readonly kind: "drop"; readonly because: Useless }
  | { readonly kind: "resend"; readonly wakeId: WakeId; readonly write: HeadWrite }
  | { readonly kind: "end"; readonly reason: "too-many-dead-letters"; readonly write: HeadWrite };

function useless(head: RunHead | undefined, message: WakeMessage): Useless | undefined {
  if (head === undefined) return "no run";
  if (isEnded(head.state)) return "ended";
  if (head.wakeId !== message.wakeId) return "stale";
  if (head.holder !== undefined && isWorkerHolder(head.holder)) return "held";
  return head.holder === keys.parkHolder(head.runId) ? "parked" : undefined;
}

/** Decides about a letter by the head as it was read. */
export function letterFate(
  head: RunHead | undefined,
  message: WakeMessage,
  at: { readonly nowMs: number; readonly wakeId: WakeId },
): LetterFate {
  const because = useless(head, message);
  if (head === undefined || because !== undefined) return { kind: "drop", because: because ?? "no run" };
  const deadLetters = (head.deadLetters ?? 0) + 1;
  if (deadLetters > limits.deadLettersMax) {
    const detail = `its wake-up was received ${limits.maxReceiveCount} times and never used, ${deadLetters} times over`;
    const ending = { reason: "too-many-dead-letters", detail, nowMs: at.nowMs } as const;
    return { kind: "end", reason: ending.reason, write: endFromOutside(head, ending) };
  }
  const write = wakeAgain(head, at.wakeId, at.nowMs);
  return { kind: "resend", wakeId: at.wakeId, write: { ...write, set: { ...write.set, deadLetters } } };
}

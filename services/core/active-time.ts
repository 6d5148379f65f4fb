/** Active time of a run: what its timeout is measured against. Pure. */
import type { RunHead } from "../contract/run.ts";

/**
 * Active time, the present claim included: what its holder's own time says, from the claim to `ownMs`. A clock that is set and a
 * machine that sleeps change nothing of it. Only where the holder's time is not known it is told by the wall clock, `nowMs`.
 */
export function activeMs(head: RunHead, nowMs: number, ownMs?: number): number {
  if (head.state !== "RUNNING" || head.claimedAtMs === undefined) return head.activeMs;
  const present = ownMs === undefined ? nowMs - head.claimedAtMs : ownMs - (head.heldFromMs ?? head.claimedAtMs);
  return head.activeMs + Math.max(0, present);
}

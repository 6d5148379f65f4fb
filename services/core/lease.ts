/** Who may lead, by the observer's own clock: what another's clock says is never compared with ours. Pure. */
import type { Lease } from "../contract/lease.ts";
import { limits } from "../contract/limits.ts";

/** The lease as it was seen last (undefined: there is none), and since when it has looked like this (monotonic). */
export type LeaseSight = { readonly lease: Lease | undefined; readonly sinceMs: number };

const isSame = (a: Lease | undefined, b: Lease | undefined): boolean =>
  a?.epoch === b?.epoch && a?.counter === b?.counter;

/** Takes in a look at `atMs` (monotonic). */
export const sightOf = (before: LeaseSight | undefined, lease: Lease | undefined, atMs: number): LeaseSight =>
  before !== undefined && isSame(before.lease, lease) ? before : { lease, sinceMs: atMs };

/** How long nobody has renewed it, as far as was seen. */
export const leaseSilentMs = ({ sinceMs }: LeaseSight, atMs: number): number => atMs - sinceMs;

/** Whether somebody else may take it: given up, or silent for longer than its holder may still act. */
export const isOpen = (sight: LeaseSight, atMs: number): boolean =>
  sight.lease === undefined || sight.lease.free || leaseSilentMs(sight, atMs) > limits.leaseSilentMs;

/** The controller's heartbeat as it was seen last (undefined: there is no lease), and since when it has looked like this (monotonic). */
export type HeartbeatSight = { readonly beat: number | undefined; readonly sinceMs: number };

/** Takes in a look at `atMs` (monotonic). Who leads without deciding has no heartbeat; of a lease that does not count decisions it is the renewals. */
export function heartbeatOf(
  before: HeartbeatSight | undefined,
  there: Lease | undefined,
  atMs: number,
): HeartbeatSight {
  const beat = there?.decided ?? there?.counter;
  return before !== undefined && before.beat === beat ? before : { beat, sinceMs: atMs };
}

/** The lease in the hands of a new leader. */
export const taken = (over: Lease | undefined, holder: string): Lease => ({
  holder,
  epoch: (over?.epoch ?? 0) + 1,
  counter: (over?.counter ?? 0) + 1,
  free: false,
  decided: over?.decided ?? 0,
});

/** The lease renewed, or given up; `decisions`: how many were made since the last renewal. */
export const renewed = (held: Lease, decisions: number): Lease => ({
  ...held,
  counter: held.counter + 1,
  decided: (held.decided ?? 0) + decisions,
});
export const givenUp = (held: Lease, decisions: number): Lease => ({ ...renewed(held, decisions), free: true });

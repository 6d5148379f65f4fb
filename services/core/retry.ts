/** Waiting before another try: full jitter, so that a crowd does not come back together. */

export type Backoff = { readonly baseMs: number; readonly maxMs: number };

/** Random wait in [0, min(maxMs, baseMs * 2^attempt)]; `attempt` counts from 0, `fraction` is in [0, 1). */
export function backoffMs(attempt: number, backoff: Backoff, fraction: number): number {
  const ceiling = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(ceiling * fraction);
}

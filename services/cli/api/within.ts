/** A bound on the time of a piece of work. */
import type { Clock } from "../../ports/clock.ts";

const timeout = (ms: number): Error => Object.assign(new Error(`no answer within ${ms} ms`), { code: "ETIMEDOUT" });

/** Runs `work` with a signal that aborts after `ms` or at Ctrl-C. */
export async function within<T>(
  http: { readonly clock: Clock; readonly signal: AbortSignal },
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const over = new AbortController();
  void http.clock.sleep(ms, done.signal).then(() => {
    if (!done.signal.aborted) over.abort(timeout(ms));
  });
  try {
    return await work(AbortSignal.any([http.signal, over.signal]));
  } finally {
    done.abort();
  }
}

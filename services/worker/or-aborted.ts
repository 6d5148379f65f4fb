/** Ends a wait for work that others do too, or that is left to its own bound, when the one who waits is to leave. */

/** What `work` gives, or `aborted` as soon as the signal says so; the work goes on, and what becomes of it then is nobody's. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | "aborted"> {
  const aborted = Promise.withResolvers<"aborted">();
  const abort = () => aborted.resolve("aborted");
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

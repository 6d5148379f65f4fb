/** Bounded concurrency for the store calls of one request. */
import { limits } from "../contract/limits.ts";

/**
 * `work` on every item, at most `limits.requestParallel` at once, results in order. After a failure nothing new is begun;
 * it throws the first failure once all that was begun is over, so that no work outlives the request.
 */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const next = items.entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [i, item] of next) {
      if (failed) return;
      try {
        results[i] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.min(limits.requestParallel, items.length) }, lane);
  const over = await Promise.allSettled(lanes);
  const first = over.find((outcome) => outcome.status === "rejected");
  if (first !== undefined) throw first.reason;
  return results;
}

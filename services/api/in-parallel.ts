/** Bounded concurrency for the store calls of one request. */
import { limits } from "../contract/limits.ts";

/** `work` on every item, at most `limits.requestParallel` at once, results in order. Throws what the first failure threw. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const next = items.entries();
  const lane = async (): Promise<void> => {
    for (const [i, item] of next) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limits.requestParallel, items.length) }, lane));
  return results;
}

/** Waiting for something that comes true a little later (an index, a redelivery), with a bound. */
import { setTimeout as pause } from "node:timers/promises";

const EVERY_MS = 25;

/** Repeats `check` until it does not throw, and gives its value; after `withinMs` throws what it threw last. */
export async function eventually<T>(check: () => Promise<T> | T, withinMs = 5_000): Promise<T> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= untilMs) throw error;
      await pause(EVERY_MS);
    }
  }
}

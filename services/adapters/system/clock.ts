import type { Clock } from "../../ports/clock.ts";

/** The longest that a timer of the runtime can wait; a longer sleep is made of several. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The clock of this machine. A sleep ends early, without error, when its signal aborts; it leaves no timer behind. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    const untilMs = performance.now() + ms;
    let leftMs = ms;
    do {
      await oneTimer(Math.min(leftMs, TIMER_MAX_MS), signal);
      leftMs = untilMs - performance.now();
    } while (leftMs > 1 && signal?.aborted !== true);
  },
};

function oneTimer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, Math.max(0, ms));
    signal?.addEventListener("abort", finish, { once: true });
  });
}

import { OVER } from "../../ports/clock.ts";

/** A bell that ends one sleep at a ring: that of whoever waits longest. */
export type WakeBell = {
  ring(): void;
  /** Runs `sleep` with a signal that aborts when the bell rings for it. */
  waitFor(sleep: (signal: AbortSignal) => Promise<void>): Promise<void>;
};

/** A bell for which nobody waits yet; a ring before a wait is not kept. */
export function wakeBell(): WakeBell {
  const waiting = new Set<AbortController>();
  return {
    ring: () => {
      const [first] = waiting;
      if (first === undefined) return;
      waiting.delete(first);
      first.abort(OVER);
    },
    waitFor: async (sleep) => {
      const waiter = new AbortController();
      waiting.add(waiter);
      await sleep(waiter.signal);
      waiting.delete(waiter);
    },
  };
}

/** A bell that ends the sleeps of everybody who waits for it. */
export type WakeBell = {
  ring(): void;
  /** Runs `sleep` with a signal that aborts when the bell rings. */
  waitFor(sleep: (signal: AbortSignal) => Promise<void>): Promise<void>;
};

/** A bell for which nobody waits yet; a ring before a wait is not kept. */
export function wakeBell(): WakeBell {
  const waiting = new Set<AbortController>();
  return {
    ring: () => {
      for (const waiter of waiting) waiter.abort();
    },
    waitFor: async (sleep) => {
      const waiter = new AbortController();
      waiting.add(waiter);
      await sleep(waiter.signal);
      waiting.delete(waiter);
    },
  };
}

/** Time and timers as the stub needs them; tests and the simulator may give their own. */

/** Wall clock and one-shot timer. */
export interface StubClock {
  /** Epoch milliseconds with a fraction. */
  now(): number;
  /** Calls `fire` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, fire: () => void): () => void;
}

/** The machine's clock. */
export const machineClock: StubClock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

/** How a contract suite gets the port that it tests. A suite knows nothing of the implementation behind it. */

/** A port ready for use. `dispose` gives back whatever was opened for it. */
export type Made<P> = { readonly port: P; dispose(): Promise<void> };

/** Called once for each suite; the suite uses new ids in each test, so that tests share nothing. */
export type Make<M> = () => Promise<M>;

/**
 * The time at which a suite plays: a whole second of today, because stores compare expiry with their own clock. A fake on a
 * manual clock begins there.
 */
export const suiteTimeMs = Math.floor(Date.now() / 1_000) * 1_000;

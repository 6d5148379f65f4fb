/**
 * Of runs that begin with the same long prefix, one calls first: what it sends can be read from the API's cache only once its
 * answer begins. The others wait for that byte, and for no longer than `limits.firstByteWaitMs`. One gate a worker.
 */
import { limits } from "../contract/limits.ts";
import { type Clock, OVER } from "../ports/clock.ts";

/** A call that may start. `began` is told at its first byte, `left` when it has ended in whatever way. */
export type Entered = { began(): void; left(): void };

type Prefix = {
  /** Until when the API can be expected to have it; monotonic. */
  warmUntilMs: number;
  /** Resolves when the call that goes first begins to be answered, or has failed. */
  first: PromiseWithResolvers<void> | undefined;
};

/** Entries live this long from the start of the call that wrote or read them, at least. */
const WARM_MS = 300_000;

export class PrefixGate {
  readonly #clock: Clock;
  /** Least recently used first. */
  readonly #prefixes = new Map<string, Prefix>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when a call with this prefix may start: it is the first, the prefix is cached, the wait was long, or `signal` aborts. */
  async enter(key: string, signal: AbortSignal): Promise<Entered> {
    const untilMs = this.#clock.monotonicMs() + limits.firstByteWaitMs;
    for (;;) {
      const prefix = this.#touch(key);
      const nowMs = this.#clock.monotonicMs();
      if (nowMs < prefix.warmUntilMs || nowMs >= untilMs || signal.aborted) return this.#follow(prefix);
      if (prefix.first === undefined) return this.#lead(prefix);
      const over = new AbortController();
      const waited = this.#clock.sleep(untilMs - nowMs, AbortSignal.any([signal, over.signal]));
      await Promise.race([prefix.first.promise, waited]);
      over.abort(OVER);
    }
  }

  #touch(key: string): Prefix {
    const prefix = this.#prefixes.get(key) ?? { warmUntilMs: Number.NEGATIVE_INFINITY, first: undefined };
    this.#prefixes.delete(key);
    this.#prefixes.set(key, prefix);
    for (const oldest of this.#prefixes.keys()) {
      if (this.#prefixes.size <= limits.prefixesMax) break;
      this.#prefixes.delete(oldest);
    }
    return prefix;
  }

  #lead(prefix: Prefix): Entered {
    const first = Promise.withResolvers<void>();
    prefix.first = first;
    const done = () => {
      if (prefix.first === first) prefix.first = undefined;
      first.resolve();
    };
    return { began: () => this.#warm(prefix, done), left: done };
  }

  #follow(prefix: Prefix): Entered {
    return { began: () => this.#warm(prefix), left: () => undefined };
  }

  #warm(prefix: Prefix, then?: () => void): void {
    prefix.warmUntilMs = this.#clock.monotonicMs() + WARM_MS;
    then?.();
  }
}

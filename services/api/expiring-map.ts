/** A map whose entries are forgotten after a time, and the oldest ones when it is full. */
import type { Clock } from "../ports/clock.ts";

type Options = { readonly entries: number; readonly ms: number; readonly clock: Clock };
type Entry<V> = { readonly value: V; readonly untilMs: number };

/** At most `entries` values by text, each for `ms` from its last `set`. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.untilMs > this.#options.clock.monotonicMs()) return entry?.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs: this.#options.clock.monotonicMs() + this.#options.ms });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#options.entries && !oldest.done) this.#entries.delete(oldest.value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

/** Everything that one stub remembers, put together once and handed to the parts that serve requests. */
import { RateLimits, UNLIMITED } from "./buckets.ts";
import { PromptCache } from "./cache.ts";
import { machineClock, type StubClock } from "./clock.ts";
import { Faults } from "./faults.ts";
import type { Journal } from "./journal.ts";
import { type Latency, NO_LATENCY } from "./latency.ts";
import { Ledger } from "./ledger.ts";
import { Scripts } from "./scripts.ts";
import { Batches } from "./stored-batches.ts";
import { Timers } from "./timers.ts";

/** How a stub is made; every field has a default. */
export interface StubOptions {
  readonly clock?: StubClock;
  /** Seed of latencies, faults and tool-use ids. */
  readonly seed?: number;
  readonly latency?: Latency;
  readonly journal?: Journal;
}

/** The state of one stub. `seed` and `latency` may be changed while it runs. */
export interface StubState {
  readonly clock: StubClock;
  readonly timers: Timers;
  readonly limits: RateLimits;
  readonly cache: PromptCache;
  readonly faults: Faults;
  readonly scripts: Scripts;
  readonly ledger: Ledger;
  readonly batches: Batches;
  /** Refused calls by HTTP status. */
  readonly refusedByStatus: Map<number, number>;
  /** Calls that a token bucket refused, as opposed to a fault. */
  limited: number;
  seed: number;
  latency: Latency;
  /** Ids of requests and messages: unlike in every life of the process, and in order within one. */
  nextId(prefix: string): string;
}

/** Makes a stub's state. */
export function makeState(options: StubOptions = {}): StubState {
  const clock = options.clock ?? machineClock;
  const { journal } = options;
  const limits = new RateLimits();
  limits.set("*", UNLIMITED);
  const born = Math.floor(clock.now()).toString(36);
  let ids = 0;
  return {
    clock,
    timers: new Timers(clock),
    limits,
    cache: new PromptCache(),
    faults: new Faults(),
    scripts: new Scripts(),
    ledger: new Ledger((line) => journal?.append(line)),
    batches: new Batches(),
    refusedByStatus: new Map(),
    limited: 0,
    seed: options.seed ?? 1,
    latency: options.latency ?? NO_LATENCY,
    nextId: (prefix) => `${prefix}_01${born}${(ids++).toString(36).padStart(8, "0")}`,
  };
}

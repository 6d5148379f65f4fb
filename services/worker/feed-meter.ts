/** Measures of one limit class in this worker: permits a millisecond, time of a turn, tokens of an answer. Moving averages. */
import type { Feed } from "../core/feedable.ts";
import type { Clock } from "../ports/clock.ts";
import type { Tokens } from "./unsettled.ts";

/** Weight of the newest measure. */
const WEIGHT = 0.1;
/** Output of a call before any was seen. */
const FIRST_OUTPUT = 500;
/** Share of paced permits above which the rate is the bottleneck. */
const PACED = 0.5;
/** Measures before an average is believed. */
const LEAST = 10;

const mean = (before: number | undefined, value: number): number =>
  before === undefined ? value : before + WEIGHT * (value - before);

export class FeedMeter {
  readonly #clock: Clock;
  readonly #grantedMs = new WeakMap<object, number>();
  /** Share of permits whose slot lay ahead: near 1 while the rate is what calls wait for. */
  #paced = 0;
  #lastGrantMs: number | undefined;
  #gapMs: number | undefined;
  #cycleMs: number | undefined;
  #grants = 0;
  #output: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A run asks for its next permit: its turn took since it got the last one. */
  asked(run: object): void {
    const sinceMs = this.#grantedMs.get(run);
    if (sinceMs !== undefined) this.#cycleMs = mean(this.#cycleMs, this.#clock.monotonicMs() - sinceMs);
  }

  granted(run: object): void {
    const atMs = this.#clock.monotonicMs();
    if (this.#lastGrantMs !== undefined) this.#gapMs = mean(this.#gapMs, atMs - this.#lastGrantMs);
    this.#lastGrantMs = atMs;
    this.#grants++;
    this.#grantedMs.set(run, atMs);
  }

  /** Whether the slot of a permit lay ahead when it was booked. */
  paced(wasAhead: boolean): void {
    this.#paced = mean(this.#paced, wasAhead ? 1 : 0);
  }

  /** An answer came with these tokens. */
  used(tokens: Tokens): void {
    this.#output = mean(this.#output, tokens.output);
  }

  /** What a call will probably use: its input as it asks for, and the output of others before it up to what it allows. */
  estimate(asked: Tokens): Tokens {
    return { input: asked.input, output: Math.ceil(Math.min(asked.output, this.#output ?? FIRST_OUTPUT)) };
  }

  /** Undefined until enough was seen, and while calls do not wait for the rate. */
  get feed(): Feed | undefined {
    if (this.#grants < LEAST || this.#gapMs === undefined || this.#cycleMs === undefined) return undefined;
    if (this.#paced < PACED) return undefined;
    return { permitsPerMs: 1 / Math.max(0.001, this.#gapMs), cycleMs: this.#cycleMs };
  }
}

/** What this worker owes the item of a limit class: corrections of estimates, calls and failures to count. */
import { limits } from "../contract/limits.ts";
import { type Tallies, type Tally, tallyOf } from "../core/breaker.ts";

/** Tokens of a call: estimated, charged or used. */
export type Tokens = { readonly input: number; readonly output: number };

/** What one booking settles. */
export type Owed = { readonly correction: Tokens; readonly tallies: Tallies };

const NOTHING: Tokens = { input: 0, output: 0 };

const isOff = (used: number, charged: number): boolean =>
  used - charged > limits.estimateOffTokens && used > charged * (1 + limits.estimateOffShare);

export class Unsettled {
  #correction: Tokens = NOTHING;
  #tallies = new Map<number, Tally>();
  #urgent = false;

  /** Something that must not wait for a booking that may come late: failures, and tokens beyond the estimate. */
  get urgent(): boolean {
    return this.#urgent;
  }

  /** Nothing that is worth a write of its own: counts of calls that went well can wait for any booking. */
  get minor(): boolean {
    const failed = [...this.#tallies.values()].some(({ failures }) => failures > 0);
    return !failed && this.#correction.input === 0 && this.#correction.output === 0;
  }

  get tallies(): Tallies {
    return this.#tallies;
  }

  /** The call used other tokens than were charged; all that was charged, when it used none. */
  correct(charged: Tokens, used: Tokens): void {
    const { input, output } = this.#correction;
    this.#correction = { input: input + used.input - charged.input, output: output + used.output - charged.output };
    if (isOff(used.input, charged.input) || isOff(used.output, charged.output)) this.#urgent = true;
  }

  count(atMs: number, what: Partial<Tally>): void {
    const before = this.#tallies.get(tallyOf(atMs)) ?? { calls: 0, failures: 0 };
    const { calls = 0, failures = 0 } = what;
    this.#tallies.set(tallyOf(atMs), { calls: before.calls + calls, failures: before.failures + failures });
    if (failures > 0) this.#urgent = true;
  }

  /** Hands over everything. */
  take(): Owed {
    const owed = { correction: this.#correction, tallies: this.#tallies };
    this.#correction = NOTHING;
    this.#tallies = new Map();
    this.#urgent = false;
    return owed;
  }

  /** A booking was refused: its part is owed again. */
  giveBack({ correction, tallies }: Owed): void {
    this.correct(NOTHING, correction);
    for (const [bucket, tally] of tallies) this.count(bucket * limits.tallyMs, tally);
  }

  /**
   * Nobody knows whether a booking happened. Charges are owed again, for charging twice only costs rate; credit and counts are
   * not, for given twice they would let too much start, or open a breaker.
   */
  lose({ correction }: Owed): void {
    const charge = { input: Math.max(0, correction.input), output: Math.max(0, correction.output) };
    this.correct(NOTHING, charge);
  }
}

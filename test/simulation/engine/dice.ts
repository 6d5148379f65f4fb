/** Chance of a simulation: one seed gives independent streams, so that drawing more of one leaves the others as they were. */
import { seededChance } from "../../../services/adapters/memory/seeded-chance.ts";

export class Dice {
  readonly #chance: ReturnType<typeof seededChance>;

  constructor(seed: number, stream: number) {
    this.#chance = seededChance(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b));
  }

  /** In [0, 1). */
  fraction(): number {
    return this.#chance.fraction();
  }

  /** Whether something of this probability happens. */
  happens(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** In [from, to). */
  between(from: number, to: number): number {
    return from + (to - from) * this.fraction();
  }

  /** An integer in [from, to]. */
  int(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  /** Exponential with this mean, cut at ten times the mean. */
  around(mean: number): number {
    return Math.min(10 * mean, -mean * Math.log(1 - this.fraction()));
  }

  pick<T>(from: readonly T[]): T {
    const [one] = from.slice(Math.floor(this.fraction() * from.length));
    if (one === undefined) throw new Error("dice: nothing to pick from");
    return one;
  }
}

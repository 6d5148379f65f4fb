/** What happens to one call between a process and a store or queue: mostly nothing, in storms much. */
import type { Dice } from "./dice.ts";
import type { FaultName, Faults } from "./faults.ts";
import type { Options } from "./options.ts";

/** The fate of one call. */
export type Fate = "well" | FaultName;

const CALL_FAULTS = [
  "store-failed",
  "store-throttled",
  "store-slow",
  "store-answer-lost",
  "store-write-late",
  "store-silent",
] as const;
type CallFault = (typeof CALL_FAULTS)[number];

export class Weather {
  readonly #dice: Dice;
  readonly #faults: Faults;
  readonly #options: Options;
  readonly #kinds: readonly CallFault[];
  #chance: number;
  #prefers: CallFault | undefined;

  constructor(dice: Dice, faults: Faults, options: Options) {
    this.#dice = dice;
    this.#faults = faults;
    this.#options = options;
    this.#kinds = CALL_FAULTS.filter((name) => faults.may(name));
    this.#chance = options.calm;
  }

  /** A storm of mostly one kind begins; ends with `calmDown`. */
  blowUp(): void {
    if (this.#kinds.length === 0) return;
    this.#chance = this.#options.storm;
    this.#prefers = this.#dice.pick(this.#kinds);
  }

  get isStormy(): boolean {
    return this.#prefers !== undefined;
  }

  calmDown(): void {
    this.#chance = this.#options.calm;
    this.#prefers = undefined;
  }

  /** The fate of the next call. `isWrite`: it changes something, so that its answer can be lost, or it can come late. */
  fate(isWrite: boolean): Fate {
    if (this.#chance === 0 || !this.#dice.happens(this.#chance) || this.#kinds.length === 0) return "well";
    const kind = this.#prefers !== undefined && this.#dice.happens(0.8) ? this.#prefers : this.#dice.pick(this.#kinds);
    if (!this.#faults.may(kind)) return "well";
    const fits = isWrite || (kind !== "store-answer-lost" && kind !== "store-write-late");
    const fate = fits ? kind : "store-failed";
    if (!this.#faults.may(fate)) return "well";
    this.#faults.count(fate);
    return fate;
  }

  /** Whether a fault of this name strikes now, with this chance in calm weather and four times it in a storm. */
  strikes(name: FaultName, chance: number): boolean {
    if (!this.#faults.may(name)) return false;
    if (!this.#dice.happens(this.#prefers === undefined ? chance : 4 * chance)) return false;
    this.#faults.count(name);
    return true;
  }

  /** A share in [0, 1) of whatever a fault takes: time, mostly. */
  share(): number {
    return this.#dice.fraction();
  }
}

/** Hears who asks for a decision on capacity now. Remembers between shifts what it heard last. */
import type { Clock } from "../ports/clock.ts";
import type { ScalingDesk } from "../ports/scaling-stores.ts";

/** Where kicks are laid down; without a desk nobody is heard. */
export type KicksParts = { readonly desk?: ScalingDesk | undefined; readonly clock: Clock };

export class Kicks {
  readonly #desk: ScalingDesk | undefined;
  readonly #clock: Clock;
  /** What lay there at the last look; undefined: it has not looked. */
  #seen: { readonly kick: string | undefined } | undefined;
  #heardAtMs: number | undefined;

  constructor({ desk, clock }: KicksParts) {
    this.#desk = desk;
    this.#clock = clock;
  }

  /** How long ago the last kick was heard; undefined: none was. */
  get sinceMs(): number | undefined {
    return this.#heardAtMs === undefined ? undefined : this.#clock.monotonicMs() - this.#heardAtMs;
  }

  /**
   * Whether somebody asked since the last look. What lies there at the first one may be of today or of last week: it asks for no
   * decision beside the first, which is made at once, but it counts as heard. Throws when the desk cannot be read.
   */
  async look(): Promise<boolean> {
    const kick = await this.#desk?.lastKick();
    const before = this.#seen;
    this.#seen = { kick };
    if (kick === before?.kick) return false;
    this.#heardAtMs = this.#clock.monotonicMs();
    return before !== undefined;
  }
}

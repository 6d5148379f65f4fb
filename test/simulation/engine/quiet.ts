/** Since when nothing has harmed a world: some promises are about how fast things go when nothing is wrong. */
import type { Faults } from "./faults.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Of what harm lasts after its strike: a pause, a storm, a store or a controller that is down. */
export type Harm = { readonly lasts: boolean };

const LOOK_MS = 500;

export class Quiet {
  readonly #time: VirtualTime;
  readonly #faults: Faults;
  readonly #harm: () => Harm;
  #seen = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;

  constructor(parts: { time: VirtualTime; faults: Faults; harm(): Harm }) {
    this.#time = parts.time;
    this.#faults = parts.faults;
    this.#harm = parts.harm;
  }

  /** How long nothing has been wrong, as of now. */
  get forMs(): number {
    const { harm } = this.#faults;
    if (harm !== this.#seen || this.#harm().lasts) {
      this.#seen = harm;
      this.#sinceMs = this.#time.nowMs;
    }
    return this.#time.nowMs - this.#sinceMs;
  }

  /** Looks on, so that harm that begins and ends unasked is noticed; each time `told` hears how long it has been quiet. */
  watch(told: (forMs: number) => void): void {
    this.#time.after(LOOK_MS, () => {
      told(this.forMs);
      this.watch(told);
    });
  }
}

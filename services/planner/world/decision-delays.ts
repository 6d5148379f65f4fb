/** Time from a submission that finds no free slot to the first decision that knows of it. */
export class DecisionDelays {
  #delays = new Float32Array(1_024);
  #size = 0;
  readonly #open: number[] = [];

  /** A submission found no slot. */
  found(atMs: number): void {
    this.#open.push(atMs);
  }

  /** A decision that knew of all of them took effect. */
  decided(atMs: number): void {
    for (const found of this.#open) this.#add(Math.max(0, atMs - found));
    this.#open.length = 0;
  }

  /** All delays so far, in ms. */
  get all(): Float32Array {
    return this.#delays.slice(0, this.#size);
  }

  #add(delay: number): void {
    if (this.#size === this.#delays.length) {
      const delays = new Float32Array(this.#size * 2);
      delays.set(this.#delays);
      this.#delays = delays;
    }
    this.#delays[this.#size++] = delay;
  }
}

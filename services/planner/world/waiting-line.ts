/** A queue of runs in the order in which they came. */
export class WaitingLine {
  #runs = new Int32Array(1_024);
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(run: number): void {
    if (this.#size === this.#runs.length) this.#grow();
    this.#runs[(this.#first + this.#size) % this.#runs.length] = run;
    this.#size++;
  }

  /** The run that waits longest, left where it is; undefined when nobody waits. */
  get first(): number | undefined {
    return this.#size === 0 ? undefined : this.#runs[this.#first];
  }

  /** Takes the run out that waits longest. */
  shift(): number | undefined {
    const run = this.first;
    if (run === undefined) return undefined;
    this.#first = (this.#first + 1) % this.#runs.length;
    this.#size--;
    return run;
  }

  #grow(): void {
    const runs = new Int32Array(this.#runs.length * 2);
    for (let i = 0; i < this.#size; i++) runs[i] = this.#runs[(this.#first + i) % this.#runs.length] ?? 0;
    this.#runs = runs;
    this.#first = 0;
  }
}

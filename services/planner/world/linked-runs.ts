/** Lists of runs, each run in at most one of them: adding and taking out cost the same however long a list is. */
const NONE = -1;

/** Lists are numbered from 0; `lists` may grow, the number of runs may not. */
export class LinkedRuns {
  readonly #next: Int32Array;
  readonly #before: Int32Array;
  #heads: Int32Array;

  constructor(runs: number, lists: number) {
    this.#next = new Int32Array(runs).fill(NONE);
    this.#before = new Int32Array(runs).fill(NONE);
    this.#heads = new Int32Array(lists).fill(NONE);
  }

  /** Puts a run that is in no list at the head of one. */
  add(list: number, run: number): void {
    if (list >= this.#heads.length) this.#grow(list);
    const head = this.#heads[list] ?? NONE;
    this.#next[run] = head;
    this.#before[run] = NONE;
    if (head !== NONE) this.#before[head] = run;
    this.#heads[list] = run;
  }

  /** Takes a run out of the list that it is in. */
  remove(list: number, run: number): void {
    const next = this.#next[run] ?? NONE;
    const before = this.#before[run] ?? NONE;
    if (before === NONE) this.#heads[list] = next;
    else this.#next[before] = next;
    if (next !== NONE) this.#before[next] = before;
  }

  /** The runs of a list, as they are now: what is done with them does not disturb the walk. */
  all(list: number): number[] {
    const found: number[] = [];
    for (let run = this.#heads[list] ?? NONE; run !== NONE; run = this.#next[run] ?? NONE) found.push(run);
    return found;
  }

  #grow(list: number): void {
    const heads = new Int32Array(Math.max(list + 1, this.#heads.length * 2)).fill(NONE);
    heads.set(this.#heads);
    this.#heads = heads;
  }
}

/** One machine timer for all streams: a binary heap of due times. 10,000 paced streams cost one timer, not 10,000. */
import type { StubClock } from "./clock.ts";

/** Something that happens later. Setting `fire` to a no-op cancels it. */
export interface Due {
  /** Epoch milliseconds. */
  readonly at: number;
  fire: () => void;
}

/** Shortest wait. With many streams the entries of this many milliseconds fire together, late by no more than it. */
const GRAIN_MS = 5;

/** A machine timer may fire a fraction early; what is that close counts as due. */
export const EARLY_MS = 1;

/** Timers that share one machine timer. */
export class Timers {
  readonly #clock: StubClock;
  readonly #heap: Due[] = [];
  #cancel: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;

  constructor(clock: StubClock) {
    this.#clock = clock;
  }

  /** Calls `fire` at epoch millisecond `at`, never before this call returns. */
  at(at: number, fire: () => void): Due {
    const due: Due = { at, fire };
    this.#heap.push(due);
    this.#up(this.#heap.length - 1);
    this.#arm();
    return due;
  }

  /** Forgets everything that has not fired. */
  clear(): void {
    this.#heap.length = 0;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || this.#armedFor <= first.at) return;
    this.#cancel?.();
    this.#armedFor = first.at;
    this.#cancel = this.#clock.after(Math.max(GRAIN_MS, first.at - this.#clock.now()), () => this.#run());
  }

  #run(): void {
    this.#cancel = undefined;
    const until = this.#clock.now() + EARLY_MS;
    // Nothing set while firing may arm the timer: the loop below takes it, or the last line arms once.
    this.#armedFor = Number.NEGATIVE_INFINITY;
    for (let first = this.#heap[0]; first !== undefined && first.at <= until; first = this.#heap[0]) {
      this.#pop();
      first.fire();
    }
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#arm();
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #up(index: number): void {
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfLater(parent, child)) return;
      child = parent;
    }
  }

  #down(index: number): void {
    for (let parent = index; ; ) {
      const left = 2 * parent + 1;
      const a = this.#heap[left];
      const b = this.#heap[left + 1];
      if (a === undefined) return;
      const child = b !== undefined && b.at < a.at ? left + 1 : left;
      if (!this.#swapIfLater(parent, child)) return;
      parent = child;
    }
  }

  #swapIfLater(parent: number, child: number): boolean {
    const a = this.#heap[parent];
    const b = this.#heap[child];
    if (a === undefined || b === undefined || a.at <= b.at) return false;
    this.#heap[parent] = b;
    this.#heap[child] = a;
    return true;
  }
}

/** Virtual time: events in a heap, run one after the other; between two of them all code runs until it waits again. */

/** Something that will happen. Without `run` it was called off. */
export type Timer = { readonly atMs: number; readonly order: number; run: (() => void) | undefined };

/** What a stretch of virtual time came to. */
export type Stretch = "done" | "over" | "idle";

const isBefore = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Called-off timers that may lie in the heap before it is built anew. */
const CALLED_OFF_MAX = 20_000;

/** Events in one turn of the real event loop: V8 takes weak references, which abort signals use, away only between turns. */
const STEPS_A_TURN = 1_000;

/** What follows it is a plain microtask; `queueMicrotask` makes an async resource for each, at four times the price. */
const settled = Promise.resolve();

export class VirtualTime {
  nowMs = 0;
  /** Events that have happened. */
  steps = 0;
  #order = 0;
  #calledOff = 0;
  #heap: Timer[] = [];

  /** Lets `run` happen `ms` from now; of equal times the first asked for comes first. */
  after(ms: number, run: () => void): Timer {
    const timer = { atMs: this.nowMs + Math.max(0, ms), order: this.#order++, run };
    this.#push(timer);
    return timer;
  }

  callOff(timer: Timer): void {
    if (timer.run === undefined) return;
    timer.run = undefined;
    if (++this.#calledOff > CALLED_OFF_MAX && this.#calledOff * 2 > this.#heap.length) this.#rebuild();
  }

  /**
   * Lets time pass until `isDone` holds (asked after each event) or `untilMs` is reached. A turn of the loop is one next-tick:
   * Node runs every microtask before it, so all code that an event woke has come to a wait of its own.
   */
  pass(untilMs: number, isDone: () => boolean): Promise<Stretch> {
    return new Promise((resolve, reject) => {
      const next = () => (this.steps % STEPS_A_TURN === 0 ? setImmediate(turn) : process.nextTick(turn));
      const turn = () => {
        try {
          if (isDone()) return resolve("done");
          const timer = this.#next();
          if (timer === undefined) return resolve("idle");
          if (timer.atMs > untilMs) {
            this.nowMs = untilMs;
            return resolve("over");
          }
          this.#pop();
          const { run } = timer;
          timer.run = undefined;
          this.nowMs = timer.atMs;
          this.steps++;
          run?.();
        } catch (error) {
          return reject(error);
        }
        settled.then(next);
      };
      process.nextTick(turn);
    });
  }

  #next(): Timer | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.run !== undefined) return first;
      this.#calledOff--;
      this.#pop();
    }
  }

  #rebuild(): void {
    const open = this.#heap.filter((timer) => timer.run !== undefined);
    this.#calledOff = 0;
    this.#heap = [];
    for (const timer of open) this.#push(timer);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const a = heap[left];
      if (a === undefined) break;
      const b = heap[left + 1];
      const child = b !== undefined && isBefore(b, a) ? b : a;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = child === a ? left : left + 1;
    }
    heap[at] = last;
  }
}

/** Who waits for a permit in this worker: by lane, within a lane in the order of asking. */
import { type Lane, lanes } from "../contract/ids.ts";

/** One that waits. `give` ends its wait. */
export type Waiter<T> = {
  readonly lane: Lane;
  readonly tokens: { readonly input: number; readonly output: number };
  give(what: T): void;
};

export class PermitQueue<T> {
  readonly #lanes: Readonly<Record<Lane, Set<Waiter<T>>>> = { high: new Set(), normal: new Set(), low: new Set() };

  get size(): number {
    return lanes.reduce((all, lane) => all + this.#lanes[lane].size, 0);
  }

  add(waiter: Waiter<T>): void {
    this.#lanes[waiter.lane].add(waiter);
  }

  remove(waiter: Waiter<T>): void {
    this.#lanes[waiter.lane].delete(waiter);
  }

  /** The first of the highest lane, taken out. */
  take(): Waiter<T> | undefined {
    const [first] = this.first(1);
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** The next `count`, left in. */
  first(count: number): Waiter<T>[] {
    const found: Waiter<T>[] = [];
    for (const lane of lanes) {
      for (const waiter of this.#lanes[lane]) {
        if (found.length >= count) return found;
        found.push(waiter);
      }
    }
    return found;
  }

  /** Ends every wait. */
  giveAll(what: T): void {
    for (const waiter of this.first(this.size)) {
      this.remove(waiter);
      waiter.give(what);
    }
  }
}

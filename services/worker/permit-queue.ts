/** Who waits for a permit in this worker: lanes share permits by their weights, within a lane in the order of asking. */
import { type Lane, lanes } from "../contract/ids.ts";
import { afterServing, joining, laneShare, noPasses, type Passes } from "../core/lane-shares.ts";

/** One that waits. `give` ends its wait. */
export type Waiter<T> = {
  readonly lane: Lane;
  readonly tokens: { readonly input: number; readonly output: number };
  give(what: T): void;
};

export class PermitQueue<T> {
  readonly #lanes: Readonly<Record<Lane, Set<Waiter<T>>>> = { high: new Set(), normal: new Set(), low: new Set() };

  #passes: Passes = noPasses;

  get size(): number {
    return lanes.reduce((all, lane) => all + this.#lanes[lane].size, 0);
  }

  add(waiter: Waiter<T>): void {
    if (this.#lanes[waiter.lane].size === 0) this.#passes = joining(this.#passes, waiter.lane, this.#waiting());
    this.#lanes[waiter.lane].add(waiter);
  }

  remove(waiter: Waiter<T>): void {
    this.#lanes[waiter.lane].delete(waiter);
  }

  /** The next one, taken out: the first of the lane whose turn it is. */
  take(): Waiter<T> | undefined {
    const eager = this.#waiting();
    const lane = lanes.find((one) => eager.has(one) && laneShare(this.#passes, { lane: one, free: 1, eager }) > 0);
    if (lane === undefined) return undefined;
    this.#passes = afterServing(this.#passes, lane, { count: 1, eager });
    const [first] = this.#lanes[lane];
    if (first !== undefined) this.remove(first);
    return first;
  }

  #waiting(): Set<Lane> {
    return new Set(lanes.filter((lane) => this.#lanes[lane].size > 0));
  }

  /** About the next `count`, left in: what a booking is made for. */
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

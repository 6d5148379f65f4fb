/** What the server's headers said last of a class, as positions of its clocks; an old word says nothing. */
import { limits } from "../contract/limits.ts";
import { dimensions } from "../contract/rate.ts";
import { creditFloor, type Left, leastPositions } from "../core/server-credit.ts";
import type { RateView } from "./rate-view.ts";

export class ServerWord {
  readonly #view: RateView;
  #least: Left = {};
  #atMs = 0;

  constructor(view: RateView) {
    this.#view = view;
  }

  heard(left: Left): void {
    const control = this.#view.item?.control;
    if (control === undefined) return;
    this.#atMs = this.#view.nowMs();
    this.#least = leastPositions(control, left, this.#atMs);
  }

  /** Free positions that the word leaves; empty when it is old: its buckets are full by now. */
  get least(): Left {
    return this.#view.nowMs() - this.#atMs < limits.serverWordMs ? this.#least : {};
  }

  /** The item as it was seen last would let others take credit that the server does not have. */
  get matters(): boolean {
    const item = this.#view.item;
    if (item === undefined) return false;
    const floor = creditFloor(item.control, this.#view.nowMs());
    const least = this.least;
    return dimensions.some((dimension) => {
      const said = least[dimension];
      return said !== undefined && said > Math.max(floor[dimension], item.positions[dimension]);
    });
  }
}

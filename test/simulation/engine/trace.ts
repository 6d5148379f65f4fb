/** What happened, as a hash that two runs of one seed must share, and as lines for a person when asked for. */
import type { VirtualTime } from "./virtual-time.ts";

export class Trace {
  readonly #time: VirtualTime;
  readonly #say: ((line: string) => void) | undefined;
  #low = 0x811c9dc5;
  #high = 0x1b873593;

  constructor(time: VirtualTime, say?: (line: string) => void) {
    this.#time = time;
    this.#say = say;
  }

  /** Takes in a fact by its numbers; `line` is only made when somebody reads the trace. */
  note(a: number, b: number, line: () => string): void {
    const at = Math.floor(this.#time.nowMs * 1_000);
    this.#low = Math.imul(this.#low ^ at ^ Math.imul(a, 0x01000193), 0x01000193);
    this.#high = Math.imul((this.#high ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b)) + this.#low, 0xc2b2ae35) ^ at;
    this.#say?.(`${this.#time.nowMs.toFixed(3).padStart(12)} #${this.#time.steps} ${line()}`);
  }

  get hash(): string {
    const hex = (part: number) => (part >>> 0).toString(16).padStart(8, "0");
    return hex(this.#low) + hex(this.#high);
  }
}

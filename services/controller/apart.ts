/** Parts of a pass that must not keep each other from being done. */
import { limits } from "../contract/limits.ts";
import { messageOf } from "./message-of.ts";

/** Does one part after the other. After `failedInARow` failures in a row nothing answers: the rest is left to the next pass. */
export class Apart {
  readonly #failures: unknown[] = [];
  #inARow = 0;

  /** Undefined where the part failed or was left. */
  async part<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#inARow >= limits.failedInARow) return undefined;
    try {
      const done = await work();
      this.#inARow = 0;
      return done;
    } catch (error) {
      this.#failures.push(error);
      this.#inARow++;
      return undefined;
    }
  }

  get hasFailed(): boolean {
    return this.#failures.length > 0;
  }

  /** Throws what failed here and in `others`, together; its message tells the first of each. */
  end(...others: readonly Apart[]): void {
    const groups = [this, ...others].map((apart) => apart.#failures).filter(({ length }) => length > 0);
    const failures = groups.flat();
    if (failures.length === 0) return;
    const firsts = groups.map(([first]) => messageOf(first)).join("; ");
    throw new AggregateError(failures, `${failures.length} parts failed, the first: ${firsts}`);
  }
}

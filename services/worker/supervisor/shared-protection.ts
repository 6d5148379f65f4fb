/** One task, several worker processes: it is protected while any of them wants it, and given up with the last. */
import type { ProtectionOutcome, TaskProtection } from "../../ports/task-protection.ts";

/** Counts who wants protection of the task. */
export class SharedProtection {
  readonly #protection: TaskProtection;
  readonly #holders = new Set<object>();
  /** One call at a time: a release that overtook the next process's wish would leave it without protection, and not know. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(protection: TaskProtection) {
    this.#protection = protection;
  }

  /** A wish of one process. Giving up is done at once, without a call, while another wants it. */
  wish(holder: object, wanted: boolean): Promise<ProtectionOutcome> {
    if (!wanted) {
      this.#holders.delete(holder);
      return this.#release();
    }
    this.#holders.add(holder);
    return this.#inTurn(() => this.#protection.protect());
  }

  /** A process has ended, whatever it wanted. */
  async forget(holder: object): Promise<void> {
    if (this.#holders.delete(holder)) await this.#release();
  }

  #release(): Promise<ProtectionOutcome> {
    return this.#inTurn(async () => (this.#holders.size > 0 ? { kind: "done" } : this.#protection.release()));
  }

  #inTurn(act: () => Promise<ProtectionOutcome>): Promise<ProtectionOutcome> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

/** One task, several worker processes: it is protected while any of them wants it, and given up with the last. */
import type { ProtectionOutcome, TaskProtection } from "../../ports/task-protection.ts";

/** Counts who wants protection of the task. */
export class SharedProtection {
  readonly #protection: TaskProtection;
  readonly #holders = new Set<object>();

  constructor(protection: TaskProtection) {
    this.#protection = protection;
  }

  /** A wish of one process. Giving up is done at once, without a call, while another wants it. */
  async wish(holder: object, wanted: boolean): Promise<ProtectionOutcome> {
    if (wanted) {
      this.#holders.add(holder);
      return this.#protection.protect();
    }
    this.#holders.delete(holder);
    return this.#holders.size > 0 ? { kind: "done" } : this.#protection.release();
  }

  /** A process has ended, whatever it wanted. */
  async forget(holder: object): Promise<void> {
    if (this.#holders.delete(holder) && this.#holders.size === 0) await this.#protection.release();
  }
}

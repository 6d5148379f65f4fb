/** Room for active runs. A slot opens when its run has left; nothing is taken beyond the free ones. */
import type { Lane, RunId } from "../contract/ids.ts";
import type { ActiveRun } from "./active-run.ts";

export class Slots {
  readonly size: number;
  /** Messages whose claim is under way, by receipt, and since when (monotonic). */
  readonly claiming = new Map<string, { readonly lane: Lane; readonly sinceMs: number }>();
  readonly #runs = new Map<RunId, ActiveRun>();
  /** Slots promised to claims under way. */
  #promised = 0;
  /** Claims and departures, and the steps of runs that have left. */
  #moves = 0;
  #held = false;
  #waiting: (() => void)[] = [];
  readonly #toUse: (size: number) => number;

  /** `toUse` says how many of the slots may be in use now; `recheck` when that may have changed. */
  constructor(size: number, toUse: (size: number) => number = (all) => all) {
    this.size = size;
    this.#toUse = toUse;
  }

  get active(): number {
    return this.#runs.size;
  }

  /** Runs, and claims under way: whoever ends a worker with one of them interrupts it. */
  get busy(): number {
    return this.#runs.size + this.claiming.size;
  }

  /** Grows with everything that a run of this worker does to the store. */
  get steps(): number {
    return [...this.#runs.values()].reduce((sum, { steps }) => sum + steps, this.#moves);
  }

  get free(): number {
    return (this.#held ? 0 : this.#toUse(this.size)) - this.#runs.size - this.#promised;
  }

  /** Whether no slot is free for now, whatever is used. */
  get held(): boolean {
    return this.#held;
  }

  hold(held: boolean): void {
    this.#held = held;
    this.recheck();
  }

  /** Promises a slot to a claim; false when none is free. */
  promise(): boolean {
    if (this.free <= 0) return false;
    this.#promised++;
    return true;
  }

  /**
   * Gives the promised slot to a run, or back when the claim came to nothing. A run that is executed here already was taken from us
   * before it could be claimed again: what goes on of it ends, or it would be nobody's and have no slot.
   */
  settle(run?: ActiveRun): void {
    this.#promised--;
    if (run === undefined) this.#wake();
    else {
      this.#moves++;
      this.#runs.get(run.head.runId)?.stop("fenced");
      this.#runs.set(run.head.runId, run);
    }
  }

  leave(run: ActiveRun): void {
    if (this.#runs.get(run.head.runId) === run) {
      this.#runs.delete(run.head.runId);
      this.#moves += 1 + run.steps;
    }
    this.#wake();
  }

  get(id: RunId): ActiveRun | undefined {
    return this.#runs.get(id);
  }

  all(): ActiveRun[] {
    return [...this.#runs.values()];
  }

  /** Looks again whether slots are free. */
  recheck(): void {
    if (this.#waiting.length > 0 && this.free > 0) this.#wake();
  }

  /** Resolves when a slot is free, at once if one is; or when the signal aborts. */
  async whenFree(signal: AbortSignal): Promise<void> {
    if (this.free > 0 || signal.aborted) return;
    await this.#nextChange(signal);
  }

  /** Resolves when no run is active and no claim is under way, or when the signal aborts. */
  async whenEmpty(signal: AbortSignal): Promise<void> {
    while ((this.#runs.size > 0 || this.#promised > 0) && !signal.aborted) await this.#nextChange(signal);
  }

  async #nextChange(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    this.#waiting.push(resolve);
    signal.addEventListener("abort", stop, { once: true });
    await promise;
    signal.removeEventListener("abort", stop);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

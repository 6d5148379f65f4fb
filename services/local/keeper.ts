/**
 * Keeps one child of the twin running: starts it, starts it again with growing waits when it ends by itself, stops it.
 *
 * STARTING (the first child; its end is the caller's error) -> KEEPING -> STOPPING
 */
import { backoffMs } from "../core/retry.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import { bounds } from "./bounds.ts";
import { Child, type ChildSpec, type Ended, type Hear, type Ready } from "./child.ts";

export type KeeperOptions = {
  readonly spec: ChildSpec;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly hear: Hear;
  /** A child became ready; `again` is false for the first one. */
  onReady(child: Child, ready: Ready, again: boolean): void;
  /** A child ended by itself, or was stopped; `ready` is undefined when it never became so. */
  onEnd(child: Child, ended: Ended, ready: Ready | undefined): void;
  /** Asked when a child has ended by itself: true means that no other is started. */
  stays?(ready: Ready | undefined): boolean;
  /** A child says something over its channel. */
  onMessage?(child: Child, message: unknown): void;
  /** It ended `bounds.restartsMax` times in a row soon after its start, and is given up. */
  onGivenUp(error: Error): void;
};

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #stopping = new AbortController();
  #child: Child;
  #sinceMs: number;
  #ready: Ready | undefined;
  #open = false;
  #kept: Promise<void>;
  /** The first child's readiness; rejects when it ends before or takes longer than `bounds.readyMs`. */
  readonly first: Promise<Ready>;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.nowMs();
    this.#child = this.#start();
    this.first = this.#readyInTime(this.#child, false);
    this.#kept = this.#keep();
  }

  get child(): Child {
    return this.#child;
  }

  /** When the child of now was started (wall clock), and what it said when it was ready. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  get ready(): Ready | undefined {
    return this.#ready;
  }

  #start(): Child {
    const { spec, hear, clock, onMessage } = this.#options;
    this.#sinceMs = clock.nowMs();
    this.#ready = undefined;
    const child = new Child(spec, hear);
    if (onMessage !== undefined) child.onMessage((message) => onMessage(child, message));
    return child;
  }

  /** Opens the gate of this child and of every one after it. */
  open(): void {
    this.#open = true;
    this.#child.open();
  }

  /** Asks for a graceful end, and kills after `graceMs` or once `hasten` aborts. Resolves when the child is gone. */
  async stop(graceMs: number, hasten?: AbortSignal): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    child.signal("SIGTERM");
    // A child behind its closed gate has nothing to drain and takes the signal at once.
    await this.#endedWithin(child, graceMs, hasten);
    child.signal("SIGKILL");
    await this.#endedWithin(child, bounds.killMs, undefined);
    await this.#kept;
  }

  async #endedWithin(child: Child, ms: number, early: AbortSignal | undefined): Promise<void> {
    const gone = new AbortController();
    void child.ended.then(() => gone.abort());
    await this.#options.clock.sleep(ms, early === undefined ? gone.signal : AbortSignal.any([gone.signal, early]));
  }

  async #readyInTime(child: Child, again: boolean): Promise<Ready> {
    const settled = new AbortController();
    const late = this.#options.clock.sleep(bounds.readyMs, settled.signal).then(() => {
      if (settled.signal.aborted || this.#stopping.signal.aborted) return;
      child.signal("SIGKILL");
    });
    try {
      const ready = await child.ready;
      this.#ready = ready;
      this.#options.onReady(child, ready, again);
      return ready;
    } finally {
      settled.abort();
      await late;
    }
  }

  async #keep(): Promise<void> {
    const { clock, chance, spec, onEnd, onGivenUp, stays } = this.#options;
    const backoff = { baseMs: bounds.restartBaseMs, maxMs: bounds.restartMaxMs };
    let ready = await this.first.catch(() => undefined);
    if (ready === undefined) return;
    for (let inRow = 0; ; inRow++) {
      const sinceMs = clock.monotonicMs();
      const ended = await this.#child.ended;
      onEnd(this.#child, ended, ready);
      // Killed from outside after it worked (an operator, a drill, the system short of memory): it starts again at once, for ever.
      const killed = ready !== undefined && ended.signal === "SIGKILL";
      if (killed || clock.monotonicMs() - sinceMs >= bounds.settledMs) inRow = 0;
      if (this.#stopping.signal.aborted || stays?.(ready) === true) return;
      if (inRow >= bounds.restartsMax) {
        const why = [`${spec.role} ended ${inRow + 1} times in a row`, ...this.#child.complaints].join("\n    ");
        return onGivenUp(new Error(why));
      }
      if (inRow > 0) await clock.sleep(backoffMs(inRow, backoff, chance.fraction()), this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      this.#child = this.#start();
      if (this.#open) this.#child.open();
      ready = await this.#readyInTime(this.#child, true).catch(() => undefined);
    }
  }
}

/** One run that this worker executes now. */
import type { Lane } from "../contract/ids.ts";
import type { RunHead } from "../contract/run.ts";
import type { Lease } from "../core/held-run.ts";
import { OVER } from "../ports/clock.ts";
import type { OwnTime } from "./own-time.ts";

/**
 * Why a run is told to stop. `drain`, `active-timeout`, `deadline` and `cancel` end in a write of the holder;
 * `fenced` and `buried` mean that the run is somebody else's now: stop without a write.
 */
export type StopReason = "cancel" | "drain" | "active-timeout" | "deadline" | "fenced" | "buried";

/**
 * `head` is the holder's own copy: failures and doubts are booked on it first. `stored` is what the store gave last. With the
 * message in flight, and the way to stop the run: the first reason wins.
 */
export class ActiveRun {
  readonly lane: Lane;
  readonly lease: Lease;
  head: RunHead;
  #stored: RunHead;
  /** How often the store took something of it in. */
  steps = 0;
  /** Receipt of the message that stays in flight while the run is active; undefined once its lease was lost. */
  receipt: string | undefined;
  /** When the message must be renewed next (monotonic). At once after a receive: until then it is hidden for `unclaimedMs` only. */
  renewAtMs = 0;
  /** True from sending a model call until its commit: leaving in between puts a turn in doubt. */
  open = false;
  /** Asked to release at the next turn boundary. */
  draining = false;
  /** Live text of the turn in flight. */
  liveText = "";
  #stop: StopReason | undefined;
  readonly #own: OwnTime;
  readonly #abort = new AbortController();
  readonly #pause = new AbortController();

  constructor(run: { lane: Lane; lease: Lease; head: RunHead; receipt: string; own: OwnTime }) {
    this.#own = run.own;
    this.lane = run.lane;
    this.lease = run.lease;
    this.head = run.head;
    this.#stored = run.head;
    this.receipt = run.receipt;
  }

  /** The worker's own time. */
  get ownMs(): number {
    return this.#own.nowMs();
  }

  get stored(): RunHead {
    return this.#stored;
  }

  set stored(head: RunHead) {
    this.#stored = head;
    this.steps++;
  }

  /** Aborts the call, tool or wait in flight. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends waits only (backoff, rate limit): raised by a drain as well as by a stop. */
  get waitSignal(): AbortSignal {
    return this.#pause.signal;
  }

  get stopReason(): StopReason | undefined {
    return this.#stop;
  }

  stop(reason: StopReason): void {
    if (this.#stop !== undefined) return;
    this.#stop = reason;
    this.#pause.abort(OVER);
    this.#abort.abort(OVER);
  }

  drain(): void {
    this.draining = true;
    this.#pause.abort(OVER);
  }
}

/** Is the holder of a run that came back to us alive? Judged by our own clock since we saw its counter change. */
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { isAlive } from "../core/alive.ts";
import { lastBeatMs } from "../core/silence.ts";
import type { WorkerDeps } from "./deps.ts";

type Sighting = { readonly counter: number; readonly sinceMs: number };

/** Peers remembered at a time; the oldest is forgotten first, which only delays a burial. */
const PEERS_MAX = 1_000;

/** `lastSeenMs`: a dead one's own time at its last beat; undefined: nothing of it is left that says it. */
type Judged = { readonly kind: "dead"; readonly lastSeenMs: number | undefined } | { readonly kind: "not-known-dead" };
const notKnown: Judged = { kind: "not-known-dead" };

/** Only asked when a message of an active run comes back: the controller should have buried the holder before. */
export class Peers {
  readonly #deps: WorkerDeps;
  readonly #seen = new Map<WorkerId, Sighting>();

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
  }

  /** Dead when it is gone, buried, or silent for `deadAfterMs`: then it is buried by this call. */
  async judge(id: WorkerId): Promise<Judged> {
    const peer = await this.#deps.fleet.worker(id);
    if (peer === undefined) return { kind: "dead", lastSeenMs: undefined };
    const dead = { kind: "dead", lastSeenMs: lastBeatMs(peer) } as const;
    if (!isAlive(peer)) return dead;
    const nowMs = this.#deps.clock.monotonicMs();
    const seen = this.#seen.get(id);
    if (seen === undefined || seen.counter !== peer.counter) {
      if (this.#seen.size >= PEERS_MAX) this.#seen.delete(this.#seen.keys().next().value ?? id);
      this.#seen.set(id, { counter: peer.counter, sinceMs: nowMs });
      return notKnown;
    }
    if (nowMs - seen.sinceMs < limits.deadAfterMs) return notKnown;
    const buried = await this.#deps.fleet.bury(id, { counter: peer.counter }, this.#deps.clock.nowMs());
    if (buried) this.#deps.events.emit("worker.buried", { workerId: id, because: "silent when its message came back" });
    return buried ? dead : notKnown;
  }
}

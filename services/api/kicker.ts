/** Asks for a decision on capacity when a submit finds no free slot: a cached read, and seldom a write. Wakes a controller that rests. */
import { limits } from "../contract/limits.ts";
import type { CapacitySummary } from "../contract/scaling.ts";
import { wantsKick } from "../core/wants-kick.ts";
import { type Chance, type Clock, OVER } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { LeaseStore } from "../ports/lease-store.ts";
import type { ScalingStores } from "../ports/scaling-stores.ts";
import type { Waker } from "../ports/waker.ts";
import { errorText } from "./error-text.ts";

export type Kicker = {
  /**
   * So many runs were accepted that were not there before. Resolves when a kick is given, if one is wanted, or after `kickWaitMs`: the kick
   * then goes on by itself. Never throws: without a kick they wait for the next decision.
   */
  submitted(runs: number): Promise<void>;
};

type Deps = {
  readonly stores: ScalingStores | undefined;
  /** How a controller is started that rests, and its lease, which says so: it is given up. Without one of them it hears at its next shift. */
  readonly waker?: Waker | undefined;
  readonly leases?: LeaseStore | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly events: EventSink;
};

/** One for a process. The summary is read at most once in `summaryReadMs`, a kick given at most once in `kickEveryMs`. */
export function kicker({ stores, waker, leases, clock, chance, events }: Deps): Kicker {
  let summary: CapacitySummary | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let kickedAtMs = Number.NEGATIVE_INFINITY;
  /** Submitted to this process since the decision that the summary tells of. */
  let own = 0;

  async function read({ memory }: ScalingStores): Promise<void> {
    readAtMs = clock.monotonicMs();
    const latest = await memory.summary();
    if (latest?.atMs !== summary?.atMs) own = 0;
    summary = latest;
  }

  async function look(from: ScalingStores, runs: number): Promise<void> {
    if (clock.monotonicMs() - readAtMs >= limits.summaryReadMs) await read(from);
    own += runs;
    if (clock.monotonicMs() - kickedAtMs < limits.kickEveryMs || !wantsKick(summary, own, clock.nowMs())) return;
    kickedAtMs = clock.monotonicMs();
    const token = chance.id();
    await from.desk.kick(token);
    await wake(from, token);
  }

  /** Whoever leads hears the kick by itself. */
  async function wake({ desk }: ScalingStores, token: string): Promise<void> {
    if (waker === undefined || (await leases?.read())?.free !== true) return;
    if (await desk.mayWake(token, clock.nowMs())) await call(waker);
  }

  /** Others do not call while we may, so a call that failed is made again. */
  async function call(to: Waker): Promise<void> {
    for (let left = limits.wakeTries - 1; left > 0; left--) {
      try {
        return await to.wake();
      } catch (error) {
        events.emit("store.failed", { operation: "wake", message: errorText(error) });
      }
    }
    await to.wake();
  }

  return {
    submitted: async (runs) => {
      if (stores === undefined || runs === 0) return;
      const looked = new AbortController();
      const looking = look(stores, runs)
        .catch((error: unknown) => events.emit("store.failed", { operation: "kick", message: errorText(error) }))
        .finally(() => looked.abort(OVER));
      await Promise.race([looking, clock.sleep(limits.kickWaitMs, looked.signal)]);
    },
  };
}

/**
 * Waiting for runs to change, cheaply for many waiters: one loop for the process reads the union of the runs that are due
 * to be looked at, `limits.readBatchMax` in one call. It sleeps while nobody waits.
 */
import type { RunId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { RunStore } from "../ports/run-store.ts";
import { errorText } from "./error-text.ts";
import { readHeads } from "./read-heads.ts";

/** Heads by run; a run that is gone is not in it. */
export type Heads = ReadonlyMap<RunId, RunHead>;

/** What is waited for: `until` sees the heads of `ids` at every look. The wait ends when it holds, or after `forMs`. */
export type Wait = {
  readonly ids: readonly RunId[];
  readonly until: (heads: Heads) => boolean;
  readonly forMs: number;
  /** How often it looks at first; `limits.waitPollMs` unless given. */
  readonly everyMs?: number;
  readonly signal: AbortSignal;
};

/** `seen`: the heads of the last look, whether `until` held or the time was over. */
export type Waited =
  | { readonly kind: "seen"; readonly heads: Heads }
  | { readonly kind: "gone" }
  | { readonly kind: "full" };

export type WaitHub = {
  /** `gone` when the signal aborted, `full` when `limits.watchersMax` wait already. Throws when the last look failed. */
  wait(wait: Wait): Promise<Waited>;
  isFull(): boolean;
};

type Deps = {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly stopping?: AbortSignal;
};

/** A wait in progress. It looks often at first and then less and less often. */
type Waiter = Omit<Wait, "everyMs"> & {
  everyMs: number;
  nextAtMs: number;
  readonly endAtMs: number;
  readonly leave: (how: Waited | { readonly kind: "failed"; readonly cause: unknown }) => void;
};

const GROWTH = 1.5;

/** The heads that one waiter asked for. */
const own = (ids: readonly RunId[], heads: Heads): Heads =>
  new Map(
    ids.flatMap((id) => {
      const head = heads.get(id);
      return head === undefined ? [] : [[id, head] as const];
    }),
  );

async function readAll(deps: Deps, ids: readonly RunId[]): Promise<{ heads: Heads; unread: ReadonlySet<RunId> }> {
  const heads = new Map<RunId, RunHead>();
  const unread = new Set<RunId>();
  for (let from = 0; from < ids.length; from += limits.readBatchMax) {
    const read = await readHeads(deps, ids.slice(from, from + limits.readBatchMax), "wait");
    for (const head of read.heads) heads.set(head.runId, head);
    for (const id of read.unread) unread.add(id);
  }
  return { heads, unread };
}

/**
 * One look at the runs of every waiter that is due. A failed look is told; only waits that are over fail with it. A run that cannot
 * be read is a failed look of those who wait for it, and of nobody else.
 */
async function look(deps: Deps, waiters: ReadonlySet<Waiter>): Promise<void> {
  const nowMs = deps.clock.monotonicMs();
  const isOver = (waiter: Waiter) => deps.stopping?.aborted === true || waiter.endAtMs <= nowMs;
  const due = [...waiters].filter((waiter) => waiter.nextAtMs <= nowMs || isOver(waiter));
  for (const waiter of due) {
    waiter.nextAtMs = nowMs + waiter.everyMs;
    waiter.everyMs = Math.min(waiter.everyMs * GROWTH, limits.waitPollMaxMs);
  }
  try {
    const { heads, unread } = await readAll(deps, [...new Set(due.flatMap((waiter) => waiter.ids))]);
    for (const waiter of due) {
      const lost = waiter.ids.find((id) => unread.has(id));
      if (lost !== undefined) {
        if (isOver(waiter)) waiter.leave({ kind: "failed", cause: new Error(`the head of ${lost} cannot be read`) });
        continue;
      }
      const seen = own(waiter.ids, heads);
      if (isOver(waiter) || waiter.until(seen)) waiter.leave({ kind: "seen", heads: seen });
    }
  } catch (cause) {
    deps.events.emit("store.failed", { operation: "wait", message: errorText(cause) });
    for (const waiter of due.filter(isOver)) waiter.leave({ kind: "failed", cause });
  }
}

/** The hub of one process. */
export function waitHub(deps: Deps): WaitHub {
  const waiters = new Set<Waiter>();
  let looping = false;

  async function loop(): Promise<void> {
    looping = true;
    while (waiters.size > 0) {
      await deps.clock.sleep(limits.waitPollMs, deps.stopping);
      await look(deps, waiters);
    }
    looping = false;
  }

  function join(wait: Wait, leave: Waiter["leave"]): void {
    const nowMs = deps.clock.monotonicMs();
    const gone = () => waiter.leave({ kind: "gone" });
    const waiter: Waiter = {
      ...wait,
      everyMs: wait.everyMs ?? limits.waitPollMs,
      nextAtMs: nowMs,
      endAtMs: nowMs + wait.forMs,
      leave: (how) => {
        waiters.delete(waiter);
        wait.signal.removeEventListener("abort", gone);
        leave(how);
      },
    };
    wait.signal.addEventListener("abort", gone);
    waiters.add(waiter);
    if (!looping) void loop();
  }

  const isFull = () => waiters.size >= limits.watchersMax;
  return {
    isFull,
    wait: (wait) =>
      new Promise((settle, fail) => {
        if (wait.signal.aborted) return settle({ kind: "gone" });
        if (isFull()) return settle({ kind: "full" });
        join(wait, (how) => (how.kind === "failed" ? fail(how.cause) : settle(how)));
      }),
  };
}

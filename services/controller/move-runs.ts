/** Carries decisions out: read the heads, decide, write each under its guard, then send the wake-ups of what was queued. */
import { type Lane, lanes, type RunId, wakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { WakeMessage } from "../contract/messages.ts";
import type { RunHead } from "../contract/run.ts";
import { wakeOf } from "../core/lifecycle.ts";
import type { Recovery } from "../core/recovery.ts";
import { toldEnd } from "../core/told-run.ts";
import { messageOf } from "./message-of.ts";
import { readHeads } from "./read-heads.ts";
import type { World } from "./world.ts";

/** Decides about one run as it is; `wake` is a fresh id that the decision may use. */
export type Decide = (head: RunHead, wake: ReturnType<typeof wakeId.parse>) => Recovery;

/** What was done; `refused` runs were moved by somebody else in between, `failed` writes got no answer, `unread` heads cannot be read. */
export type Moved = {
  readonly ended: number;
  readonly lost: number;
  readonly resent: number;
  readonly unparked: number;
  readonly refused: number;
  readonly failed: number;
  readonly unread: number;
};

export const nothingMoved: Moved = { ended: 0, lost: 0, resent: 0, unparked: 0, refused: 0, failed: 0, unread: 0 };

/** The sum of two passes. */
export const addMoved = (a: Moved, b: Moved): Moved => ({
  ended: a.ended + b.ended,
  lost: a.lost + b.lost,
  resent: a.resent + b.resent,
  unparked: a.unparked + b.unparked,
  refused: a.refused + b.refused,
  failed: a.failed + b.failed,
  unread: a.unread + b.unread,
});

type Step =
  | { readonly kind: "left" | "refused" | "failed" | "ended" }
  | { readonly kind: "lost" | "resent" | "unparked"; readonly lane: Lane; readonly wake: WakeMessage };

const stepOf = { "worker-lost": "lost", resent: "resent", unparked: "unparked" } as const;

function announce({ events }: World, before: RunHead, after: RunHead, recovery: Recovery): void {
  const { runId, tenant, turn } = after;
  if (after.inDoubt > before.inDoubt) events.emit("turn.doubtful", { runId, turn });
  if (recovery.kind === "ended") events.emit("run.ended", toldEnd(after, recovery.reason));
  if (recovery.kind === "queued" && recovery.why === "worker-lost")
    events.emit("run.requeued", { runId, tenant, reason: "worker-lost", turn });
}

async function moveOne(world: World, head: RunHead, decide: Decide): Promise<Step> {
  const recovery = decide(head, wakeId.parse(`k_${world.chance.id()}`));
  if (recovery.kind === "left") return { kind: "left" };
  try {
    const outcome = await world.runs.write(head.runId, recovery.write);
    if (outcome.kind === "refused") return { kind: "refused" };
    announce(world, head, outcome.head, recovery);
    if (recovery.kind === "ended") return { kind: "ended" };
    return { kind: stepOf[recovery.why], lane: head.lane, wake: wakeOf(outcome.head, recovery.wakeId) };
  } catch (error) {
    world.events.emit("store.failed", { operation: "controller.move", message: messageOf(error) });
    return { kind: "failed" };
  }
}

/** A wake-up that is not taken is found by the sweep: the head says when it was sent last. */
async function wake(world: World, steps: readonly Step[]): Promise<void> {
  for (const lane of lanes) {
    const messages = steps.flatMap((step) => ("wake" in step && step.lane === lane ? [step.wake] : []));
    if (messages.length === 0) continue;
    const unsent = await world.queue.send(lane, messages);
    if (unsent.length > 0)
      world.events.emit("store.failed", { operation: "queue.send", message: `${unsent.length} wake-ups not taken` });
  }
}

/**
 * Moves the runs with these ids (at most `readBatchMax`) as `decide` says. Safe against everybody else: each write has
 * the guard of what was read. Throws when the heads cannot be read or the wake-ups not sent.
 */
export async function moveRuns(world: World, ids: readonly RunId[], decide: Decide): Promise<Moved> {
  if (ids.length === 0) return nothingMoved;
  const { heads, unread } = await readHeads(world, ids);
  const steps: Step[] = [];
  for (let i = 0; i < heads.length; i += limits.movesAtOnce) {
    const some = heads.slice(i, i + limits.movesAtOnce);
    const done = await Promise.all(some.map((head) => moveOne(world, head, decide)));
    steps.push(...done);
    await wake(world, done);
  }
  const count = (kind: Step["kind"]): number => steps.filter((step) => step.kind === kind).length;
  return {
    ended: count("ended"),
    lost: count("lost"),
    resent: count("resent"),
    unparked: count("unparked"),
    refused: count("refused"),
    failed: count("failed"),
    unread: unread.size,
  };
}

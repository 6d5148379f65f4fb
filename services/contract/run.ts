/** The run's own item: the head. Less than 1 KB; input, result and history are separate items. */
import { z } from "zod";
import { flightId } from "./batch.ts";
import { endReason, runState } from "./failures.ts";
import { agentName, digest, lane, runId, tenantId, wakeId } from "./ids.ts";
import { routeText } from "./routing.ts";

const count = z.int().nonnegative();

/** Tokens as the Messages API reports them; cache writes by time to live. */
export const usage = z.object({
  inputTokens: count,
  outputTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  cacheReadTokens: count,
});
export type Usage = z.infer<typeof usage>;

export const noUsage: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
};

/**
 * Head of a run; every step is one conditional write on it.
 *
 * `epoch` grows at every claim and starts at the second of creation, so leftovers of an earlier life are never read.
 * `turn` is the number of the next turn (turns count from 1): only turns below it are committed.
 * `holder` is a worker id, a queue shard or a park shard; `openShard` is absent once the run has ended. Both `holder` and `dueAtMs`
 * then say where the books of the run are looked for (`core/books.ts`), or are absent too.
 */
export const runHead = z.object({
  v: z.literal(1),
  runId,
  tenant: tenantId,
  agent: agentName,
  /** Digest of the frozen agent (prompt, tools, model): a deployment never changes a running run. */
  spec: digest,
  input: digest,
  /** Digest of the canonical request body; another body under the same idempotency key is a conflict. */
  body: digest,
  lane,
  state: runState,
  epoch: count,
  /** Made new by every claim; settles a write whose answer was lost. */
  nonce: z.string(),
  turn: z.int().min(1),
  holder: z.string().optional(),
  dueAtMs: count.optional(),
  /** Where the index of deadlines lists the run. */
  openShard: z.string().optional(),
  wakeId: wakeId.optional(),
  /** Parked because a budget that it shares is spent: a raised one wakes it before its time. */
  parkedFor: z.literal("budget").optional(),
  createdAtMs: count,
  startedAtMs: count.optional(),
  claimedAtMs: count.optional(),
  /** The claim in its holder's own time, which its beats say too; absent: not running, or claimed by an older worker. */
  heldFromMs: count.optional(),
  endedAtMs: count.optional(),
  /** Wall clock: the run ends at this time whatever it is doing. */
  deadlineAtMs: count,
  /** Active time that the run may use, and what it used before the present claim. */
  timeoutMs: count,
  activeMs: count,
  budgetMicroUsd: count,
  spentMicroUsd: count,
  /** Worst case of the call that may be open now; 0 when none may be. */
  reservedMicroUsd: count,
  /** Worst case of the next call; a claim reserves it. */
  nextMicroUsd: count,
  /** What open calls of lost leases may have cost. */
  possibleMicroUsd: count,
  /** How much of that is in the books; absent: nothing. */
  bookedPossibleMicroUsd: count.optional(),
  /** The part of it that is being booked late: `<hour> <from> <to>`, micro-USD. It counts as booked, and is booked before another. */
  latePossible: z
    .string()
    .regex(/^\d+ \d+ \d+$/)
    .optional(),
  /** Its books must be looked at when it ends: a holder left it with turns that may be in no book. */
  unbooked: z.literal(1).optional(),
  /** Its turns may wait for hours: they are sent in batches. */
  relaxed: z.boolean().optional(),
  /** The flight that the next turn is in, and what its tools gave as it was sent (`BatchStore`). */
  flight: flightId.optional(),
  asked: digest.optional(),
  /** What remembered answers and batches cost less than calls would have. Not spent; absent: nothing. */
  savedMicroUsd: count.optional(),
  inputTokens: count,
  outputTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  cacheReadTokens: count,
  /** Agent and model failures since the last committed turn, interruptions, rate-limit waits, turns in doubt. */
  failures: count,
  interruptions: count,
  waits: count,
  inDoubt: count,
  /** Times that a current wake-up of the run ended in a dead letter queue; absent: never. */
  deadLetters: count.optional(),
  /** Interruptions since the last committed turn: being interrupted while making progress ends no run. */
  fruitless: count.optional(),
  /** Model in use, and how the run came to it; absent on heads of before: the one of the frozen agent. */
  model: z.string().optional(),
  route: routeText.optional(),
  cancelRequestedAtMs: count.optional(),
  reason: endReason.optional(),
  /** At most `limits.detailChars` characters for a person. */
  detail: z.string().optional(),
  /** Seconds since 1970; set at the end. An expired item counts as absent. */
  expiresAt: count.optional(),
});
export type RunHead = z.infer<typeof runHead>;

/**
 * The stored input of a run: the checked input, and the first message rendered from it when the run was accepted; `shared`
 * comes first.
 */
export const runInput = z.object({ input: z.json(), prompt: z.string(), shared: z.string().optional() });
export type RunInput = z.infer<typeof runInput>;

/** Fields of a head that are numbers that change. */
export type CountField = {
  [K in keyof RunHead]-?: number extends NonNullable<RunHead[K]> ? K : never;
}[keyof RunHead];

/** Fields that a guard may compare. */
export type GuardField = "state" | "epoch" | "nonce" | "turn" | "inDoubt" | "holder" | "wakeId";

/**
 * One conditional write on a head: every field of `guard` must be equal, then all parts apply at once.
 * `copy` sets a field to the present value of another (a claim reserves without reading first).
 */
export type HeadWrite = {
  readonly guard: Readonly<Partial<Pick<RunHead, GuardField>>>;
  readonly set: Readonly<Partial<RunHead>>;
  readonly add?: Readonly<Partial<Record<CountField, number>>>;
  readonly copy?: Readonly<Partial<Record<CountField, CountField>>>;
  readonly remove?: readonly (keyof RunHead)[];
};

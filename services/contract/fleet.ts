/** The worker's item: heartbeat, drain flag, inbox, tombstone. */
import { z } from "zod";
import { budgetId } from "./budgets.ts";
import { pool, runId, workerId } from "./ids.ts";

/** What others ask of a worker; the heartbeat's answer brings it. */
export const inboxEntry = z.discriminatedUnion("kind", [
  /** End this run as cancelled; at `untilMs` the watch forces it. */
  z.object({ kind: z.literal("cancel"), runId, untilMs: z.int() }),
  /** Somebody watches this run until then: write its live text. */
  z.object({ kind: z.literal("watch"), runId, untilMs: z.int() }),
  /** Its machine will probably be taken: take no new run. */
  z.object({ kind: z.literal("cordon") }),
]);
export type InboxEntry = z.infer<typeof inboxEntry>;

/**
 * Where a worker runs, so that what AWS says of a machine or a task is known to be about this worker. What it cannot find
 * out is absent: an instance behind a hop limit of 1 is known by its task alone, and on a laptop there is neither.
 */
export const place = z.object({
  instanceId: z
    .string()
    .regex(/^i-[0-9a-f]{8,17}$/)
    .optional(),
  taskArn: z.string().startsWith("arn:").max(300).optional(),
  /** Availability zone. */
  zone: z.string().min(1).max(40).optional(),
});
export type Place = z.infer<typeof place>;

/** What a worker says of itself every `heartbeatMs`, and whenever a budget asks for it; `counter` grows by one each time. */
export const workerBeat = z.object({
  workerId,
  counter: z.int().nonnegative(),
  pool,
  slots: z.int().nonnegative(),
  /** Runs, and claims under way. */
  active: z.int().nonnegative(),
  /** Claims, stored steps and departures of runs since its start: it stands still while nothing of them moves. */
  steps: z.int().nonnegative().optional(),
  /** CPU of its process in the last minute, in percent of one vCPU; absent: it does not say, or not yet. */
  cpuPercent: z.int().nonnegative().optional(),
  mode: z.enum(["STARTING", "RUNNING", "CORDONED", "DRAINING", "STOPPED"]),
  startedAtMs: z.int(),
  /** When it said this, in its own time (`worker/own-time.ts`); absent: an older worker, which does not say. */
  beatAtMs: z.int().optional(),
  host: z.string(),
  version: z.string(),
  place: place.optional(),
  /** Active runs of the worker's largest tenants; absent: it does not say. A tenant that is not named has fewer. */
  tenants: z.record(z.string(), z.int().nonnegative()).optional(),
  /** Tenants whose messages it held back lately, because they are at their cap; absent: it does not say. Not all need be named. */
  heldBack: z.array(z.string()).optional(),
  /** Budgets that the worker may hold a part of, and how much of that it may have drawn at most until a later beat. */
  budgets: z.record(budgetId, z.int().nonnegative()).optional(),
});
export type WorkerBeat = z.infer<typeof workerBeat>;

/**
 * A worker as others see it. `drain` asks it to drain, by `drainByMs` where a deadline is known. `buriedAtMs` is its
 * tombstone: no heartbeat is taken after it.
 */
export const workerItem = workerBeat.extend({
  drain: z.boolean(),
  drainByMs: z.int().optional(),
  inbox: z.array(inboxEntry),
  buriedAtMs: z.int().optional(),
});
export type WorkerItem = z.infer<typeof workerItem>;

/** The worker's item: heartbeat, drain flag, inbox, tombstone. */
import { z } from "zod";
import { pool, runId, workerId } from "./ids.ts";

/** What others ask of a worker; the heartbeat's answer brings it. */
export const inboxEntry = z.discriminatedUnion("kind", [
  /** End this run as cancelled; at `untilMs` the watch forces it. */
  z.object({ kind: z.literal("cancel"), runId, untilMs: z.int() }),
  /** Somebody watches this run until then: write its live text. */
  z.object({ kind: z.literal("watch"), runId, untilMs: z.int() }),
]);
export type InboxEntry = z.infer<typeof inboxEntry>;

/** What a worker says of itself every `heartbeatMs`; `counter` grows by one each time. */
export const workerBeat = z.object({
  workerId,
  counter: z.int().nonnegative(),
  pool,
  slots: z.int().nonnegative(),
  active: z.int().nonnegative(),
  mode: z.enum(["STARTING", "RUNNING", "CORDONED", "DRAINING", "STOPPED"]),
  startedAtMs: z.int(),
  host: z.string(),
  version: z.string(),
});
export type WorkerBeat = z.infer<typeof workerBeat>;

/** A worker as others see it. `buriedAtMs` is its tombstone: no heartbeat is taken after it. */
export const workerItem = workerBeat.extend({
  drain: z.boolean(),
  inbox: z.array(inboxEntry),
  buriedAtMs: z.int().optional(),
});
export type WorkerItem = z.infer<typeof workerItem>;

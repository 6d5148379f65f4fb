/** What a worker process and the supervisor that started it tell each other. */
import { z } from "zod";
import { workerId } from "./ids.ts";

/** From the worker: who it is, how idle, and whether the task should be protected from scale-in for its sake. */
export const fromWorker = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("worker-ready"), workerId }),
  /** Told every `idleTellMs`, and at once when it is held or let go: for how long it has had no run, 0 while it has one; whether it is held. */
  z.object({ kind: z.literal("worker-idle"), idleMs: z.number().nonnegative(), held: z.boolean() }),
  z.object({ kind: z.literal("protection-wish"), ask: z.int(), wanted: z.boolean() }),
]);
export type FromWorker = z.infer<typeof fromWorker>;

/** To the worker: what became of the wish of the same number. */
export const protectionAnswer = z.object({
  kind: z.literal("protection-outcome"),
  ask: z.int(),
  outcome: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("done") }),
    z.object({ kind: z.enum(["blocked", "refused", "failed"]), because: z.string() }),
  ]),
});

/** To the worker: an answer, or whether to take no new run until told otherwise. */
export const toWorker = z.discriminatedUnion("kind", [
  protectionAnswer,
  z.object({ kind: z.literal("hold"), held: z.boolean() }),
]);
export type ToWorker = z.infer<typeof toWorker>;

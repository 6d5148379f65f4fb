/** What a worker process and the supervisor that started it tell each other. */
import { z } from "zod";
import { workerId } from "./ids.ts";

/** From the worker: who it is, and whether the task should be protected from scale-in for its sake. */
export const fromWorker = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("worker-ready"), workerId }),
  z.object({ kind: z.literal("protection-wish"), wish: z.int(), wanted: z.boolean() }),
]);
export type FromWorker = z.infer<typeof fromWorker>;

/** To the worker: what became of its wish. */
export const toWorker = z.object({
  kind: z.literal("protection-outcome"),
  wish: z.int(),
  outcome: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("done") }),
    z.object({ kind: z.enum(["blocked", "refused", "failed"]), because: z.string() }),
  ]),
});
export type ToWorker = z.infer<typeof toWorker>;

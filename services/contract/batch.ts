/** Message Batches: the turns of many runs that may wait, sent in one request at half the price. */
import { z } from "zod";
import { modelFailureCode } from "./failures.ts";

/** One request that carries turns of many runs: an id of ours, because creating a batch has no idempotency key. */
export const flightId = z
  .string()
  .regex(/^b_[a-z0-9-]{8,64}$/)
  .brand<"FlightId">();
export type FlightId = z.infer<typeof flightId>;

const base = { id: flightId, size: z.int().nonnegative(), intentAtMs: z.int().nonnegative() };

/**
 * A flight. INTENT: about to be sent; if its sender died, nobody knows whether it was. SENT: the batch is known. REFUSED: the API did
 * not take it. VOID: there is no batch of it; `doubtful` when nobody knows for certain that none was sent.
 */
export const flight = z.discriminatedUnion("state", [
  z.object({ ...base, state: z.literal("INTENT") }),
  z.object({ ...base, state: z.literal("SENT"), batchId: z.string() }),
  z.object({ ...base, state: z.literal("REFUSED"), code: modelFailureCode, message: z.string() }),
  z.object({ ...base, state: z.literal("VOID"), doubtful: z.boolean() }),
]);
export type Flight = z.infer<typeof flight>;
export type SettledFlight = Exclude<Flight, { state: "INTENT" }>;

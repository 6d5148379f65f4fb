/** What Muster does to spend less on the model; each can be turned off (`MUSTER_SAVINGS_OFF`). What each is: docs/savings.md. */
import { z } from "zod";

/**
 * - `caching`: marks in the prompt, so that what was sent before is read from the API's cache.
 * - `fan-out`: of runs that begin alike, one asks first and the others wait for its first byte.
 * - `compression`: a long tool result is stored; the model gets its head, its tail and a tool to read more.
 * - `clearing`: the API clears old tool results of a history before prompts get dearer or too long.
 * - `memo`: an answer of an agent marked `pure` is used again.
 * - `batches`: runs that may wait are sent as Message Batches.
 */
export const savingName = z.enum(["caching", "fan-out", "compression", "clearing", "memo", "batches"]);
export type SavingName = z.infer<typeof savingName>;

/** Names with commas between them, or `all`. */
export const savingsOff = z
  .string()
  .transform((text): string[] => (text === "all" ? [...savingName.options] : text.split(",").map((n) => n.trim())))
  .pipe(z.array(savingName));

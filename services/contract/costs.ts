/** What calls cost, by whom, with what and when: cells, the books that they are written in, and the sheets made from those. */
import { z } from "zod";
import { agentName, tenantId } from "./ids.ts";

const count = z.int().nonnegative();

/** Sums of calls. `savedMicroUsd` was not spent thanks to a saving; `possibleMicroUsd` may have been, by calls in doubt. */
export type CostSums = {
  readonly calls: number;
  readonly spentMicroUsd: number;
  readonly savedMicroUsd: number;
  readonly possibleMicroUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly cacheReadTokens: number;
};

/** Names of the sums, in the order in which they are stored. */
export const costSums = [
  "calls",
  "spentMicroUsd",
  "savedMicroUsd",
  "possibleMicroUsd",
  "inputTokens",
  "outputTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "cacheReadTokens",
] as const satisfies readonly (keyof CostSums)[];

const sums = z.tuple([count, count, count, count, count, count, count, count, count]);

/** The sums of one tenant, agent and model, as stored: short, for a worker writes all of its cells every few seconds. */
export const storedCell = z.tuple([tenantId, agentName, z.string(), sums]);
export type StoredCell = z.infer<typeof storedCell>;

/** Hours since 1970, UTC. */
export const hour = z.int().nonnegative();

/** Where a committed turn is booked: by whom, in the book of which hour, and its number among all that this owner books. */
export const booking = z.object({ by: z.string(), hour, seq: z.int().positive() });
export type Booking = z.infer<typeof booking>;

/**
 * What one process booked in one hour, written as a whole. Every booking of the hour with a number up to `top` is in `cells`,
 * but for those in `open` (not settled yet) and in `left` (never to be: others book them). `change` grows when there is more to say.
 */
export const bookPage = z.object({
  owner: z.string(),
  hour,
  change: count,
  top: count,
  open: z.array(z.int()),
  left: z.array(z.int()),
  cells: z.array(storedCell),
  writtenAtMs: z.int(),
});
export type BookPage = z.infer<typeof bookPage>;

/**
 * OPEN: its owner writes it. SEALED: nobody does any more, but what its owner committed after the last page may be missing.
 * COMPLETE: what was missing is among the late bookings of its hour, or nothing was.
 */
export const bookState = z.enum(["OPEN", "SEALED", "COMPLETE"]);
export type Book = BookPage & { readonly state: z.infer<typeof bookState>; readonly sealedAtMs?: number };

/** Bookings of an hour that their owner did not make, each with the key that keeps it from being made twice. */
export const latePage = z.object({ keys: z.array(z.string()), cells: z.array(storedCell) });
export type LatePage = z.infer<typeof latePage>;

/** What an hour of the week usually costs: the running mean of so many hours. */
export const learnedHour = z.object({ hours: z.int().positive(), meanMicroUsd: count });
export type LearnedHour = z.infer<typeof learnedHour>;

/** How far the books are closed, and what was learned from them. `alarmedHour`: the last hour that a spike was told of. */
export const ledgerState = z.object({
  closedThrough: hour,
  learned: z.record(z.string(), learnedHour),
  alarmedHour: hour.optional(),
});
export type LedgerState = z.infer<typeof ledgerState>;

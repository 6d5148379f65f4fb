/** Remembered answers of calls that an agent's author marked as pure. */
import { z } from "zod";
import { type Digest, digest, type TenantId } from "./ids.ts";
import { limits } from "./limits.ts";
import { contentBlock } from "./turn.ts";

/**
 * The author's word that an answer depends on nothing but the request: no clock, no web, no data that changes. Raise `version` when
 * answers of before are not to be used any more; after `ttlMs` an answer is forgotten.
 */
export const memoTerms = z.object({
  version: z.string().min(1).max(100),
  ttlMs: z.int().positive().max(limits.memoTtlMaxMs),
});
export type MemoTerms = z.infer<typeof memoTerms>;

/** Where an answer lies. The tenant is part of the place: no answer is ever shared between tenants. */
export type MemoKey = { readonly tenant: TenantId; readonly call: Digest };

/** A kept answer. `costMicroUsd` is what it cost when it was made: what using it again saves. */
export const memoAnswer = z.object({
  model: z.string(),
  messageId: z.string(),
  content: z.array(contentBlock),
  stopReason: z.string(),
  costMicroUsd: z.int().nonnegative(),
});
export type MemoAnswer = z.infer<typeof memoAnswer>;

const untilMs = z.int().positive();

/**
 * What lies under a key, each until its time is over. `pending`: somebody makes the call. `unkept`: the last answer was none to be
 * kept, so nobody waits for the next one. `answer` holds the text of a `memoAnswer`, `content` the digest of a large one.
 */
export const memoEntry = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("pending"), leader: z.string(), untilMs }),
  z.object({ kind: z.literal("unkept"), untilMs }),
  z.object({ kind: z.literal("answer"), text: z.string(), untilMs }),
  z.object({ kind: z.literal("content"), content: digest, untilMs }),
]);
export type MemoEntry = z.infer<typeof memoEntry>;

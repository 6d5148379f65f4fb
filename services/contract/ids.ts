/** Identifiers. Each is a branded string that only its own schema makes, so one cannot stand in for another. */
import { z } from "zod";

/** A tenant: lower-case letters, digits and dashes, at most 48 characters. */
export const tenantId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,47}$/, "lower-case letters, digits and dashes, at most 48")
  .brand<"TenantId">();
export type TenantId = z.infer<typeof tenantId>;

/** A run: `run_` and 26 base-32 digits, derived from tenant and idempotency key (see `core/identity.ts`). */
export const runId = z
  .string()
  .regex(/^run_[a-z2-7]{26}$/, "a run id such as run_ and 26 characters")
  .brand<"RunId">();
export type RunId = z.infer<typeof runId>;

/** A worker: new for each process, never used again after its end. */
export const workerId = z
  .string()
  .regex(/^w_[a-z0-9-]{8,64}$/)
  .brand<"WorkerId">();
export type WorkerId = z.infer<typeof workerId>;

/** Name of an agent: the name of its file in `services/agents`. */
export const agentName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,47}$/, "lower-case letters, digits and dashes, at most 48")
  .brand<"AgentName">();
export type AgentName = z.infer<typeof agentName>;

/** SHA-256 in lower-case hexadecimal. */
export const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<"Digest">();
export type Digest = z.infer<typeof digest>;

/** One wake-up of a run: a message whose `wakeId` is not the head's is stale. */
export const wakeId = z
  .string()
  .regex(/^k_[a-z0-9-]{8,64}$/)
  .brand<"WakeId">();
export type WakeId = z.infer<typeof wakeId>;

/** Priority class of a run; one queue each. Order is priority. */
export const lanes = ["high", "normal", "low"] as const;
export const lane = z.enum(lanes);
export type Lane = z.infer<typeof lane>;

/** Where workers run. */
export const pool = z.enum(["spot", "on-demand", "fargate-spot", "fargate", "local"]);
export type Pool = z.infer<typeof pool>;

/** API keys: stored hashed, of one tenant, with a role. */
import { z } from "zod";
import { digest, tenantId } from "./ids.ts";

/** `tenant` sees its own runs; `operator` also the fleet and whatever acts on all tenants. */
export const role = z.enum(["tenant", "operator"]);
export type Role = z.infer<typeof role>;

/** The stored key: its digest, never the key. */
export const apiKey = z.object({
  id: z.string(),
  hash: digest,
  tenant: tenantId,
  role,
  name: z.string(),
  createdAtMs: z.int(),
  revokedAtMs: z.int().optional(),
});
export type ApiKey = z.infer<typeof apiKey>;

/** A key that is written into the table of an installation: the first one, which no API can give. */
import { randomBytes } from "node:crypto";
import type { z } from "zod";
import type { createKey } from "../../contract/http.ts";
import { apiKeyBytes, apiKeyOf, storedKey } from "../../core/api-key.ts";
import type { CliContext } from "../context.ts";
import { askAccount } from "./ask-account.ts";
import { findInstallation } from "./installation.ts";

/** The key, what is told of it, and the API that takes it. */
export type MadeKey = { readonly key: string; readonly id: string; readonly url: string };

/** Writes it with the rights of whoever runs the command; only its digest leaves this process. Throws `CliFailure`. */
export async function makeKeyInTable(
  context: CliContext,
  stack: string,
  owner: z.infer<typeof createKey>,
): Promise<MadeKey> {
  const { table, url } = await findInstallation(context, stack);
  const key = apiKeyOf(randomBytes(apiKeyBytes));
  const stored = storedKey(key, owner, context.clock.nowMs());
  await askAccount(context, async (account) => (await account.keys(table)).put(stored));
  return { key, id: stored.id, url };
}

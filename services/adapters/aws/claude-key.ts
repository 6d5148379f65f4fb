import type { WorkerEnv } from "../../contract/env.ts";
import type { Clock } from "../../ports/clock.ts";
import { secretValue } from "./secret-value.ts";

/** The parts of a worker's environment that say where the key of the Claude API is. */
export type ClaudeKeyEnv = Pick<
  WorkerEnv,
  "AWS_REGION" | "AWS_ENDPOINT_URL" | "AWS_ENDPOINT_URL_SECRETS_MANAGER" | "MUSTER_CLAUDE_SECRET" | "ANTHROPIC_API_KEY"
>;

/**
 * The key of the Claude API: that of the environment, else the secret that it names, read once here so that a worker without
 * a key takes no run. Undefined where neither is given (other platforms). Throws when the secret cannot be read or is empty.
 */
export async function claudeKeyFromEnv(
  env: ClaudeKeyEnv,
  clock: Clock,
): Promise<string | (() => Promise<string>) | undefined> {
  const { ANTHROPIC_API_KEY: key, MUSTER_CLAUDE_SECRET: secretId } = env;
  if (key !== undefined || secretId === undefined) return key;
  const endpoint = env.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? env.AWS_ENDPOINT_URL;
  const read = secretValue({ region: env.AWS_REGION, endpoint, secretId, clock });
  await read();
  return read;
}

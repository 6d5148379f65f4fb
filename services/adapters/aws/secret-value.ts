import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { limits } from "../../contract/limits.ts";
import type { Clock } from "../../ports/clock.ts";
import { boundedClient, type ServiceAddress } from "./bounded-client.ts";

/** Which secret, and where. */
export type SecretOptions = ServiceAddress & { readonly secretId: string; readonly clock: Clock };

/**
 * The value of a secret, asked for again every `secretRefreshMs`, so that a changed one is taken without a restart. One that
 * cannot be read again stays what it was. Throws when it was never read, or holds no text.
 */
export function secretValue({ secretId, clock, ...address }: SecretOptions): () => Promise<string> {
  const client = new SecretsManagerClient(boundedClient(address, limits.storeCallMs));
  let known: { readonly value: string; readonly atMs: number } | undefined;
  let asking: Promise<string> | undefined;
  const ask = async (): Promise<string> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    const value = SecretString?.trim() ?? "";
    if (value === "") throw new Error(`the secret ${secretId} holds no text; put the key of the Claude API there`);
    known = { value, atMs: clock.monotonicMs() };
    return value;
  };
  return async () => {
    if (known !== undefined && clock.monotonicMs() - known.atMs < limits.secretRefreshMs) return known.value;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    try {
      return await asking;
    } catch (error) {
      if (known === undefined) throw error;
      known = { ...known, atMs: clock.monotonicMs() };
      return known.value;
    }
  };
}

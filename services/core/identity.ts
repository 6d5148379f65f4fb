/** The identity of a run: derived, so that one conditional put is the whole admission. */
import { hash } from "node:crypto";
import { type RunId, runId, type TenantId } from "../contract/ids.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** First 130 bits of the SHA-256 of the length-prefixed parts, as 26 base-32 digits. */
export function runIdOf(tenant: TenantId, idempotencyKey: string): RunId {
  const parts = `${tenant.length}:${tenant}${idempotencyKey.length}:${idempotencyKey}`;
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of hash("sha256", parts, "buffer")) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < 26) {
      bits -= 5;
      text += ALPHABET.charAt((value >>> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return runId.parse(`run_${text}`);
}

/**
 * Key of the run at `index` of a batch sent under one header. The first is the header itself, so that a single run and a
 * batch under one key meet; a header has no line break, so no other key is equal.
 */
export const batchKey = (header: string, index: number): string => (index === 0 ? header : `${header}\n${index}`);

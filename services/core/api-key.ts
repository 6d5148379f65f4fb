/** API keys: `mk_` and 43 base-62 digits of 256 random bits. Only the digest is stored. Pure: the caller brings the bits. */

import type { TenantId } from "../contract/ids.ts";
import type { ApiKey, Role } from "../contract/keys.ts";
import { sha256 } from "./digest.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = 43;
const BYTES = 32;

/** What a key looks like; anything else is not looked up. */
export const apiKeyForm: RegExp = /^mk_[0-9A-Za-z]{32,64}$/;

/** Random bytes that a key is made of. */
export const apiKeyBytes = BYTES;

/** The key of 32 random bytes. Throws when there are not as many. */
export function apiKeyOf(random: Uint8Array): string {
  if (random.length !== BYTES) throw new RangeError(`an API key is made of ${BYTES} random bytes`);
  let rest = BigInt(`0x${Buffer.from(random).toString("hex")}`);
  let digits = "";
  for (let i = 0; i < DIGITS; i++) {
    digits = ALPHABET.charAt(Number(rest % 62n)) + digits;
    rest /= 62n;
  }
  return `mk_${digits}`;
}

/** What is stored of a key. Its id is short and public: the list and `revoke` name a key by it. */
export function storedKey(
  secret: string,
  owner: { readonly tenant: TenantId; readonly role: Role; readonly name: string },
  nowMs: number,
): ApiKey {
  const hash = sha256(secret);
  return { id: `key_${hash.slice(0, 16)}`, hash, ...owner, createdAtMs: nowMs };
}

/** Canonical JSON (keys sorted, RFC 8785 style) and digests: equal values give equal bytes whoever stored them. */
import { hash } from "node:crypto";
import { type Digest, digest } from "../contract/ids.ts";

/** JSON text with the keys of every object sorted. Throws on values that JSON cannot hold. */
export function canonicalJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
  if (text === undefined) throw new TypeError("canonicalJson: the value has no JSON form");
  return text;
}

/** SHA-256 of a UTF-8 text. */
export const sha256 = (text: string): Digest => digest.parse(hash("sha256", text));

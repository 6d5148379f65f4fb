/** Entity tags: whether a representation changed since a client saw it. Pure. */
import { sha256 } from "../core/digest.ts";

const CHARS = 32;

/** The tag of a representation. */
export const etagOf = (text: string): string => `"${sha256(text).slice(0, CHARS)}"`;

/** Whether an `If-None-Match` header names the tag; `*` names every one, and `W/` makes no difference (RFC 9110, 13.1.2). */
export const isNamedBy = (ifNoneMatch: string, etag: string): boolean =>
  ifNoneMatch.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);

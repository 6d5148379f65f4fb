import type { Digest } from "../contract/ids.ts";

/** Texts under their SHA-256: inputs and frozen agents. Large ones lie in the object store. */
export interface ContentStore {
  /** Idempotent; a text that is there is kept at least `limits.keepEndedMs` longer from `nowMs`. */
  put(texts: readonly { readonly digest: Digest; readonly text: string }[], nowMs: number): Promise<void>;
  get(digest: Digest): Promise<string | undefined>;
}

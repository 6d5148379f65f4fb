import type { Digest } from "../contract/ids.ts";
import type { ApiKey } from "../contract/keys.ts";

/** API keys by the digest of the key. */
export interface KeyStore {
  find(hash: Digest): Promise<ApiKey | undefined>;
  put(key: ApiKey): Promise<void>;
  list(): Promise<ApiKey[]>;
}

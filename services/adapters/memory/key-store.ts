import type { Digest } from "../../contract/ids.ts";
import type { ApiKey } from "../../contract/keys.ts";
import type { KeyStore } from "../../ports/key-store.ts";
import type { Faults } from "./faults.ts";

/** API keys in a map. */
export function memoryKeyStore(faults: Faults): KeyStore {
  const keys = new Map<Digest, ApiKey>();
  return {
    find: (hash) => faults.run("keys.find", () => keys.get(hash)),
    put: (key) => faults.run("keys.put", () => void keys.set(key.hash, { ...key })),
    list: () => faults.run("keys.list", () => [...keys.values()]),
  };
}

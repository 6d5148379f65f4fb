import type { ObjectStore } from "../../ports/object-store.ts";
import type { Faults } from "./faults.ts";

/** Objects in a map. */
export function memoryObjectStore(faults: Faults): ObjectStore {
  const objects = new Map<string, string>();
  return {
    put: (key, text) => faults.run("objects.put", () => void objects.set(key, text)),
    get: (key) => faults.run("objects.get", () => objects.get(key)),
  };
}

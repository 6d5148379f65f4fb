import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KeyStore } from "../../services/ports/key-store.ts";
import { anApiKey } from "../support/builders.ts";
import { aDigest } from "../support/ids.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

export function keyStoreContract(name: string, make: Make<Made<KeyStore>>): void {
  describe(`KeyStore: ${name}`, () => {
    let made: Made<KeyStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    test("a key is found by its digest alone", async () => {
      const key = anApiKey({ role: "operator" });
      await made.port.put(key);
      expect(await made.port.find(key.hash)).toEqual(key);
      expect(await made.port.find(aDigest())).toBeUndefined();
    });

    test("a key that is revoked stays and says so", async () => {
      const key = anApiKey();
      await made.port.put(key);
      await made.port.put({ ...key, revokedAtMs: suiteTimeMs + 1 });
      expect(await made.port.find(key.hash)).toEqual({ ...key, revokedAtMs: suiteTimeMs + 1 });
      expect((await made.port.list()).filter((one) => one.id === key.id)).toHaveLength(1);
    });

    test("the list has every key", async () => {
      const added = Array.from({ length: 12 }, () => anApiKey());
      for (const key of added) await made.port.put(key);
      expect(await made.port.list()).toEqual(expect.arrayContaining(added));
    });
  });
}

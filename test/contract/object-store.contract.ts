import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ObjectStore } from "../../services/ports/object-store.ts";
import type { Made, Make } from "./fixture.ts";

const aKey = (tail = "") => `documents/${randomUUID()}/${tail}`;

export function objectStoreContract(name: string, make: Make<Made<ObjectStore>>): void {
  describe(`ObjectStore: ${name}`, () => {
    let made: Made<ObjectStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    test("an object comes back as it was put, whatever its key and characters", async () => {
      const key = aKey("a file + ü (1).txt");
      await made.port.put(key, "line 1\r\nZeile 2 ä 🙂\n");
      expect(await made.port.get(key)).toBe("line 1\r\nZeile 2 ä 🙂\n");
    });

    test("an absent object is undefined", async () => {
      expect(await made.port.get(aKey("absent"))).toBeUndefined();
    });

    test("a later put overwrites", async () => {
      const key = aKey("a");
      await made.port.put(key, "one");
      await made.port.put(key, "two");
      expect(await made.port.get(key)).toBe("two");
    });

    test("an object of 2 MiB comes back whole", async () => {
      const key = aKey("large");
      const text = "0123456789abcdef".repeat(2 * 65_536);
      await made.port.put(key, text);
      expect((await made.port.get(key)) === text).toBe(true);
    });
  });
}

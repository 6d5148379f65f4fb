import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { sha256 } from "../../services/core/digest.ts";
import type { ContentStore } from "../../services/ports/content-store.ts";
import { aDigest } from "../support/ids.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

const NOW = suiteTimeMs;
const aText = (chars = 40) => {
  const text = randomUUID().repeat(Math.ceil(chars / 36));
  return { digest: sha256(text), text };
};

export function contentStoreContract(name: string, make: Make<Made<ContentStore>>): void {
  describe(`ContentStore: ${name}`, () => {
    let made: Made<ContentStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    test("a text comes back under its digest", async () => {
      const text = `{"frage":"ä 🙂 ${randomUUID()}"}`;
      await made.port.put([{ digest: sha256(text), text }], NOW);
      expect(await made.port.get(sha256(text))).toBe(text);
    });

    test("an unknown digest has no text", async () => {
      expect(await made.port.get(aDigest())).toBeUndefined();
    });

    test("an empty text is a text; nothing to put is no error", async () => {
      await made.port.put([], NOW);
      await made.port.put([{ digest: sha256(""), text: "" }], NOW);
      expect(await made.port.get(sha256(""))).toBe("");
    });

    test("putting a text again, later, keeps it", async () => {
      const one = aText();
      await made.port.put([one], NOW);
      await made.port.put([one], NOW + limits.keepEndedMs);
      expect(await made.port.get(one.digest)).toBe(one.text);
    });

    test("a call takes as many texts as a batch of runs has, the same one twice too", async () => {
      const texts = Array.from({ length: 2 * limits.submitRunsMax }, () => aText());
      const [first] = texts;
      if (first === undefined) throw new Error("there are texts");
      await made.port.put([...texts, first], NOW);
      const got = await Promise.all(texts.map((one) => made.port.get(one.digest)));
      expect(got).toEqual(texts.map((one) => one.text));
    });

    test("a text larger than an item comes back whole, beside small ones", async () => {
      const large = aText(limits.inlineBytes * 2);
      const small = aText();
      await made.port.put([large, small], NOW);
      expect(await made.port.get(large.digest)).toBe(large.text);
      expect(await made.port.get(small.digest)).toBe(small.text);
    });

    test("size is counted in bytes: a text of wide characters near the limit comes back whole", async () => {
      const text = randomUUID() + "€".repeat(limits.inlineBytes / 2);
      await made.port.put([{ digest: sha256(text), text }], NOW);
      expect(await made.port.get(sha256(text))).toBe(text);
    });
  });
}

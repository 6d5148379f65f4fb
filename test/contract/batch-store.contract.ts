import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flightId } from "../../services/contract/batch.ts";
import type { BatchStore } from "../../services/ports/batch-store.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

export function batchStoreContract(name: string, make: Make<Made<BatchStore>>): void {
  describe(`BatchStore: ${name}`, () => {
    let made: Made<BatchStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const anId = () => flightId.parse(`b_${randomUUID()}`);
    const anIntent = () => ({ id: anId(), size: 7, intentAtMs: suiteTimeMs, state: "INTENT" }) as const;
    const intended = async () => {
      const intent = anIntent();
      expect(await made.port.intend(intent)).toBe(true);
      return intent;
    };

    test("nothing is there at first; then the intent, whoever asks for it again", async () => {
      const intent = anIntent();
      expect(await made.port.read(intent.id)).toBeUndefined();
      expect(await made.port.intend(intent)).toBe(true);
      expect(await made.port.intend(intent)).toBe(true);
      expect(await made.port.read(intent.id)).toEqual(intent);
    });

    test("a flight that was barred is not intended any more", async () => {
      const intent = anIntent();
      const barred = { id: intent.id, size: 0, intentAtMs: suiteTimeMs + 5, state: "VOID", doubtful: false };
      expect(await made.port.bar(intent.id, suiteTimeMs + 5)).toEqual(barred);
      expect(await made.port.intend(intent)).toBe(false);
      expect(await made.port.read(intent.id)).toEqual(barred);
    });

    test("an intent is not barred", async () => {
      const intent = await intended();
      expect(await made.port.bar(intent.id, suiteTimeMs + 5)).toEqual(intent);
      expect(await made.port.read(intent.id)).toEqual(intent);
    });

    test("of barring and intending at the same time one wins, and both know which", async () => {
      const intent = anIntent();
      const [may, after] = await Promise.all([made.port.intend(intent), made.port.bar(intent.id, suiteTimeMs)]);
      expect(after.state === "INTENT").toBe(may);
    });

    test.each([
      { state: "SENT", batchId: "msgbatch_1" },
      { state: "REFUSED", code: "overloaded", message: "not now" },
      { state: "VOID", doubtful: true },
    ] as const)("an intent is settled once: $state", async (fate) => {
      const { id, size, intentAtMs } = await intended();
      const settled = { ...fate, id, size, intentAtMs };
      expect(await made.port.settle(id, fate)).toEqual(settled);
      expect(await made.port.settle(id, { state: "SENT", batchId: "another" })).toEqual(settled);
      expect(await made.port.settle(id, { state: "VOID", doubtful: true })).toEqual(settled);
      expect(await made.port.read(id)).toEqual(settled);
      expect(await made.port.intend({ id, size, intentAtMs, state: "INTENT" })).toBe(false);
    });

    test("a flight that nobody intended cannot be settled", async () => {
      await expect(made.port.settle(anId(), { state: "VOID", doubtful: true })).rejects.toThrow("no flight");
    });

    test("a batch has one owner", async () => {
      const batch = `msgbatch_${randomUUID()}`;
      const [a, b] = [anId(), anId()];
      expect(await made.port.ownerOf(batch)).toBeUndefined();
      const owners = await Promise.all([a, b, a].map((id) => made.port.own(batch, id, suiteTimeMs)));
      expect(new Set(owners).size).toBe(1);
      expect(await made.port.ownerOf(batch)).toBe(owners[0]);
    });
  });
}

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tenantId } from "../../services/contract/ids.ts";
import type { MemoKey } from "../../services/contract/memo.ts";
import { sha256 } from "../../services/core/digest.ts";
import type { MemoStore } from "../../services/ports/memo-store.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

const [acme, other] = [tenantId.parse("acme"), tenantId.parse("other")];
const untilMs = suiteTimeMs + 60_000;

export function memoStoreContract(name: string, make: Make<Made<MemoStore>>): void {
  describe(`MemoStore: ${name}`, () => {
    let made: Made<MemoStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const aKey = (tenant = acme): MemoKey => ({ tenant, call: sha256(randomUUID()) });
    const led = async (leader = "a", key = aKey()) => {
      expect(await made.port.lead(key, { leader, untilMs }, suiteTimeMs)).toBe(true);
      return key;
    };

    test("nothing is there at first; then who leads", async () => {
      const key = aKey();
      expect(await made.port.read(key)).toBeUndefined();
      await led("a", key);
      expect(await made.port.read(key)).toEqual({ kind: "pending", leader: "a", untilMs });
    });

    test("of many who ask at the same time one leads", async () => {
      const key = aKey();
      const asked = Array.from({ length: 30 }, (_, i) =>
        made.port.lead(key, { leader: `l${i}`, untilMs }, suiteTimeMs),
      );
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
    });

    test("who asked and heard no answer leads when it asks again", async () => {
      const key = await led("a");
      expect(await made.port.lead(key, { leader: "a", untilMs: untilMs + 1 }, suiteTimeMs)).toBe(true);
      expect(await made.port.lead(key, { leader: "b", untilMs }, suiteTimeMs)).toBe(false);
    });

    test("a lease that is over, and an answer that is too old, are taken over", async () => {
      const key = await led("a");
      expect(await made.port.lead(key, { leader: "b", untilMs: untilMs + 9 }, untilMs - 1)).toBe(false);
      expect(await made.port.lead(key, { leader: "b", untilMs: untilMs + 9 }, untilMs)).toBe(true);
      expect(await made.port.replace(key, "b", { kind: "answer", text: "{}", untilMs: untilMs + 10 })).toBe(true);
      expect(await made.port.lead(key, { leader: "c", untilMs: untilMs + 99 }, untilMs + 9)).toBe(false);
      expect(await made.port.lead(key, { leader: "c", untilMs: untilMs + 99 }, untilMs + 10)).toBe(true);
    });

    test("the leader renews, and puts an answer or nothing in its place; nobody else does", async () => {
      const key = await led("a");
      const renewed = { kind: "pending", leader: "a", untilMs: untilMs + 5 } as const;
      expect(await made.port.replace(key, "b", undefined)).toBe(false);
      expect(await made.port.replace(key, "a", renewed)).toBe(true);
      expect(await made.port.read(key)).toEqual(renewed);
      const answer = { kind: "answer", text: '{"a":"ü"}', untilMs } as const;
      expect(await made.port.replace(key, "b", answer)).toBe(false);
      expect(await made.port.replace(key, "a", answer)).toBe(true);
      expect(await made.port.read(key)).toEqual(answer);
      // It has settled: what it still had under way comes too late.
      expect(await made.port.replace(key, "a", renewed)).toBe(false);
      expect(await made.port.read(key)).toEqual(answer);
    });

    test("every kind of entry comes back as it was put", async () => {
      for (const entry of [
        { kind: "unkept", untilMs },
        { kind: "content", content: sha256("x"), untilMs },
      ] as const) {
        const key = await led("a");
        await made.port.replace(key, "a", entry);
        expect(await made.port.read(key)).toEqual(entry);
      }
    });

    test("a leader that leaves frees the place", async () => {
      const key = await led("a");
      expect(await made.port.replace(key, "a", undefined)).toBe(true);
      expect(await made.port.read(key)).toBeUndefined();
      await led("b", key);
    });

    test("the same call of two tenants has two places", async () => {
      const key = await led("a");
      const theirs = { ...key, tenant: other };
      expect(await made.port.read(theirs)).toBeUndefined();
      await led("b", theirs);
      await made.port.replace(theirs, "b", { kind: "answer", text: '"theirs"', untilMs });
      expect(await made.port.read(key)).toMatchObject({ kind: "pending", leader: "a" });
    });
  });
}

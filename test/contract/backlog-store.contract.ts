import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backlog } from "../../services/contract/backlog.ts";
import type { BacklogStore } from "../../services/ports/backlog-store.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

const aBacklog = (atMs: number): Backlog => ({
  atMs,
  active: { workers: 2, tenants: { acme: 7 } },
  lanes: {
    high: { kind: "few", total: 3 },
    normal: { kind: "shared", tenants: { acme: 70_000 } },
    low: { kind: "unknown" },
  },
});

export function backlogStoreContract(name: string, make: Make<Made<BacklogStore>>): void {
  describe(`BacklogStore: ${name}`, () => {
    let made: Made<BacklogStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    test("there is none until one is published; then the last one", async () => {
      expect(await made.port.latest()).toBeUndefined();
      for (const atMs of [suiteTimeMs, suiteTimeMs + 10_000]) await made.port.publish(aBacklog(atMs));
      expect(await made.port.latest()).toEqual(aBacklog(suiteTimeMs + 10_000));
    });
  });
}

/** A tenant that queues too much is refused, one that is noisy delays nobody else. */
import { describe, expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { problem } from "../../services/contract/http.ts";
import { type TenantId, tenantId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { backlogPass } from "../../services/controller/measure-backlog.ts";
import { aTimeMs, aWake } from "../support/builders.ts";
import { anApi, goodRun } from "./api-fixture.ts";

const QUEUED_MAX = 20;

async function aBusyApi() {
  const api = await anApi({ queuedMax: QUEUED_MAX });
  const measure = () => backlogPass(api.world, { store: api.world.backlog, queuedMax: QUEUED_MAX });
  const submit = (runs: number, as: "acme" | "rival" = "acme", lane = "normal") =>
    api.ask("POST", "/v1/runs", { as, body: { runs: Array(runs).fill({ ...goodRun, lane }) } });
  const visible = async () => (await api.world.queue.depth("normal")) as { visible: number };
  return { ...api, measure, submit, visible };
}

describe("a tenant with too many queued runs", () => {
  test("is refused with Retry-After, and nothing is stored; other tenants and lanes go on", async () => {
    const api = await aBusyApi();
    expect((await api.submit(QUEUED_MAX)).status).toBe(202);
    await api.measure();
    await api.clock.advance(limits.backlogReadMs);
    const refused = await api.submit(1);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "10"]);
    expect(problem.parse(await refused.json()).code).toBe("queue-full");
    expect((await api.visible()).visible).toBe(QUEUED_MAX);
    expect((await api.submit(1, "rival")).status).toBe(202);
    expect((await api.submit(1, "acme", "high")).status).toBe(202);
  });

  test("is held to the bound by what this process took in since the last measurement", async () => {
    const api = await aBusyApi();
    await api.measure();
    expect((await api.submit(15)).status).toBe(202);
    expect((await api.submit(6)).status).toBe(429);
    expect((await api.submit(5)).status).toBe(202);
    expect((await api.submit(1)).status).toBe(429);
  });

  test("may submit again once the backlog is gone, and gets the runs of an old key meanwhile", async () => {
    const api = await aBusyApi();
    const headers = { "idempotency-key": "k" };
    const body = { runs: Array(QUEUED_MAX).fill(goodRun) };
    expect((await api.ask("POST", "/v1/runs", { body, headers })).status).toBe(202);
    await api.measure();
    await api.clock.advance(limits.backlogReadMs);
    expect((await api.submit(1)).status).toBe(429);
    expect((await api.ask("POST", "/v1/runs", { body, headers })).status).toBe(202);
    for (;;) {
      const some = await api.world.queue.receive("normal", 10, 0, 1_000);
      if (some.length === 0) break;
      await api.world.queue.delete(
        "normal",
        some.map(({ receipt }) => receipt),
      );
    }
    await api.measure();
    await api.clock.advance(limits.backlogReadMs);
    expect((await api.submit(1)).status).toBe(202);
  });

  test("is refused too while its messages are hidden: workers hold back what is above its cap on active runs", async () => {
    const api = await aBusyApi();
    expect((await api.submit(QUEUED_MAX)).status).toBe(202);
    for (let held = 0; held < QUEUED_MAX; )
      held += (await api.world.queue.receive("normal", 10, 0, limits.tenantHoldMs)).length;
    await api.measure();
    await api.clock.advance(limits.backlogReadMs);
    expect((await api.submit(1)).status).toBe(429);
    expect((await api.submit(1, "rival")).status).toBe(202);
  });

  test.each(["backlog.latest", "queue.depth"] as const)("is not refused while %s is not known", async (operation) => {
    const api = await aBusyApi();
    expect((await api.submit(QUEUED_MAX)).status).toBe(202);
    api.world.faults.outage(new Error("nobody knows"), [operation]);
    await api.measure();
    await api.clock.advance(limits.backlogReadMs);
    expect((await api.submit(1)).status).toBe(202);
  });

  test("is not refused for a measurement that is old: the controller may be dead", async () => {
    const api = await aBusyApi();
    expect((await api.submit(QUEUED_MAX)).status).toBe(202);
    await api.measure();
    await api.clock.advance(limits.backlogOldMs + limits.backlogReadMs);
    expect((await api.submit(1)).status).toBe(202);
  });
});

describe("a noisy tenant", () => {
  /** Serves a lane with `slots` slots of one second each; gives how long each message of the quiet tenant waited. */
  async function quietWaits(quiet: TenantId, noisy: TenantId): Promise<number[]> {
    const clock = manualClock(aTimeMs);
    const { queue } = memoryWorld({ clock });
    await queue.send(
      "normal",
      Array.from({ length: 2_000 }, () => aWake({ tenant: noisy })),
    );
    const sentAtMs = new Map<string, number>();
    const waits: number[] = [];
    const slots = 10;
    for (let second = 0; second < 60; second++) {
      const wake = aWake({ tenant: quiet });
      sentAtMs.set(wake.runId, clock.nowMs());
      await queue.send("normal", [wake]);
      const held = await queue.receive("normal", slots, 0, 60_000);
      for (const { message } of held) {
        const at = message && sentAtMs.get(message.runId);
        if (at !== undefined) waits.push(clock.nowMs() - at);
      }
      await clock.advance(1_000);
      await queue.delete(
        "normal",
        held.map(({ receipt }) => receipt),
      );
    }
    return waits.toSorted((a, b) => a - b);
  }
  const p95 = (waits: readonly number[]): number =>
    waits[Math.ceil(waits.length * 0.95) - 1] ?? Number.POSITIVE_INFINITY;
  const [quiet, noisy] = [tenantId.parse("quiet"), tenantId.parse("noisy")];

  test("does not delay a quiet one", async () => {
    const waits = await quietWaits(quiet, noisy);
    expect(waits.length).toBeGreaterThanOrEqual(58);
    expect(p95(waits)).toBeLessThanOrEqual(1_000);
  });

  test("would, if both were one group", async () => {
    const waits = await quietWaits(noisy, noisy);
    expect(p95(waits)).toBeGreaterThan(20_000);
  });
});

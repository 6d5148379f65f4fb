/** Redrive of one run, and redrive and cancel by filter. */
import { describe, expect, test } from "vitest";
import { bulkResult, problem, runView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { claim, endFromOutside, release, wakeOf } from "../../services/core/lifecycle.ts";
import { aTimeMs } from "../support/builders.ts";
import { aNonce, aWakeId } from "../support/ids.ts";
import { anApi, type Caller, callers, holder } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;

/** A run that died after two turns. */
async function aDead(api: Api, overrides: Partial<RunHead> = {}): Promise<RunHead> {
  const head = await api.put({ wakeId: aWakeId(), turn: 3, failures: 5, ...overrides });
  const write = endFromOutside(head, { reason: "too-many-failures", nowMs: api.clock.nowMs() });
  const outcome = await api.world.runs.write(head.runId, write);
  if (outcome.kind === "refused") throw new Error("the end must be taken");
  return outcome.head;
}

const bulk = async (api: Api, path: "redrive" | "cancel", body: object, as: Caller = "acme") =>
  bulkResult.parse(await (await api.askAndWait("POST", `/v1/runs/${path}`, { as, body })).json());

describe("one run", () => {
  test("goes on after its last turn and is woken up", async () => {
    const api = await anApi();
    const head = await aDead(api);
    const response = await api.ask("POST", `/v1/runs/${head.runId}/redrive`, { body: {} });
    expect(response.status).toBe(202);
    expect(runView.parse(await response.json())).toMatchObject({ state: "QUEUED", turns: 2, failures: 0 });
    const [received] = await api.world.queue.receive("normal", 10, 0, 1_000);
    expect(received?.message).toMatchObject({ runId: head.runId, wakeId: (await api.headOf(head.runId))?.wakeId });
    expect(api.world.events.of("run.redriven")).toEqual([{ runId: head.runId, turn: 3, was: "DEAD" }]);
    expect((await api.ask("POST", `/v1/runs/${head.runId}/redrive`, { body: {} })).status).toBe(409);
  });

  test("is queued although its wake-up was not taken: the sweep sends it again", async () => {
    const api = await anApi();
    const { runId } = await aDead(api);
    api.world.faults.failNext("queue.send", new Error("no queue"));
    expect((await api.ask("POST", `/v1/runs/${runId}/redrive`, { body: {} })).status).toBe(202);
    expect(await api.headOf(runId)).toMatchObject({ state: "QUEUED", dueAtMs: aTimeMs });
    expect(api.world.events.of("store.failed")).toMatchObject([{ operation: "send normal" }]);
  });

  test("whose budget is used up names the field that has to be raised", async () => {
    const api = await anApi();
    const { runId } = await aDead(api, { spentMicroUsd: 900_000, nextMicroUsd: 200_000 });
    const refused = await api.ask("POST", `/v1/runs/${runId}/redrive`, { body: {} });
    expect(refused.status).toBe(409);
    expect(problem.parse(await refused.json())).toMatchObject({
      code: "not-redrivable",
      errors: [{ field: "budgetMicroUsd" }],
    });
    const body = { budgetMicroUsd: 1_100_000 };
    expect((await api.ask("POST", `/v1/runs/${runId}/redrive`, { body })).status).toBe(202);
  });

  test("of another tenant is no run; an operator may redrive it", async () => {
    const api = await anApi();
    const { runId } = await aDead(api);
    expect((await api.ask("POST", `/v1/runs/${runId}/redrive`, { as: "rival", body: {} })).status).toBe(404);
    expect((await api.ask("POST", `/v1/runs/${runId}/redrive`, { as: "operator", body: {} })).status).toBe(202);
  });
});

describe("by filter", () => {
  test("leaves a run that cannot be read, names it, and goes on past it", async () => {
    const api = await anApi();
    const dead = await Promise.all(Array.from({ length: 12 }, () => aDead(api)));
    const [hidden = ""] = dead.map(({ runId }) => runId);
    api.world.faults.spoilt.add(hidden);
    const done = await bulk(api, "redrive", { filter: { state: "DEAD" }, ratePerSecond: 100 });
    expect(done).toMatchObject({
      changed: 11,
      left: [{ id: hidden, because: expect.stringContaining("cannot read") }],
    });
    expect(done.cursor).toBeUndefined();
  });

  test("redrives only what matches, and lists what cannot go on", async () => {
    const api = await anApi();
    const dead = [await aDead(api), await aDead(api)];
    const stuck = await aDead(api, { budgetMicroUsd: 1 });
    const others = [await aDead(api, { tenant: callers.rival.tenant }), await api.put()];
    const done = await bulk(api, "redrive", { filter: { state: "DEAD" }, ratePerSecond: 100 });
    expect(done).toMatchObject({ changed: 2, left: [{ id: stuck.runId }] });
    expect(done.cursor).toBeUndefined();
    for (const { runId } of dead) expect((await api.headOf(runId))?.state).toBe("QUEUED");
    for (const head of others) expect((await api.headOf(head.runId))?.state).toBe(head.state);
  });

  test("keeps to its rate, stops at its bounds, and goes on with the cursor until all are done", async () => {
    const api = await anApi();
    for (let i = 0; i < 45; i++) await aDead(api, { createdAtMs: aTimeMs - i * 1_000 });
    const ask = { filter: { state: "DEAD" }, ratePerSecond: 2, limit: 100 };
    const startMs = api.clock.nowMs();
    const first = await bulk(api, "redrive", ask);
    expect(api.clock.nowMs() - startMs).toBeGreaterThanOrEqual((first.changed / 2) * 1_000);
    expect(first.changed).toBe((limits.bulkCallMs / 1_000) * 2);
    const second = await bulk(api, "redrive", { ...ask, ratePerSecond: 50, limit: 3, cursor: first.cursor });
    expect(second.changed).toBe(3);
    const third = await bulk(api, "redrive", { ...ask, ratePerSecond: 50, cursor: second.cursor });
    expect([third.changed, third.cursor]).toEqual([2, undefined]);
    expect(api.world.events.of("run.redriven")).toHaveLength(45);
  });

  test("cancels queued runs of one agent, and asks running ones to stop or ends them", async () => {
    const api = await anApi();
    const queued = await api.put({ wakeId: aWakeId() });
    const running = await api.putRunning();
    expect(await bulk(api, "cancel", { filter: { state: "QUEUED", agent: "echo" } })).toMatchObject({ changed: 1 });
    expect((await api.headOf(queued.runId))?.state).toBe("CANCELLED");
    expect(await bulk(api, "cancel", { filter: { state: "RUNNING", agent: "dear" } })).toMatchObject({ changed: 0 });
    expect(await bulk(api, "cancel", { filter: { state: "RUNNING" } })).toMatchObject({ changed: 1 });
    expect((await api.headOf(running.runId))?.state).toBe("CANCELLED");
  });

  test("cancels what its page names although workers claimed, released or ended it since", async () => {
    const api = await anApi();
    const wakeId = aWakeId();
    const [claimed, ended] = [await api.put({ wakeId }), await api.put({ wakeId: aWakeId() })];
    const released = await api.putRunning();
    api.world.index.lag();
    const nowMs = api.clock.nowMs();
    const claimant = { worker: holder, nonce: aNonce() };
    await api.world.runs.write(claimed.runId, claim(wakeOf(claimed, wakeId), claimant, nowMs));
    await api.world.runs.write(ended.runId, endFromOutside(ended, { reason: "deadline", nowMs }));
    const lease = { holder, epoch: released.epoch };
    const how = { kind: "interruption", wakeId: aWakeId(), nowMs, callInDoubt: false } as const;
    await api.world.runs.write(released.runId, release(released, lease, how));
    const queued = await bulk(api, "cancel", { filter: { state: "QUEUED" } });
    expect(queued).toMatchObject({ changed: 1, passed: 1, left: [] });
    expect((await api.headOf(claimed.runId))?.state).toBe("CANCELLED");
    expect((await api.headOf(ended.runId))?.state).toBe("TIMED_OUT");
    expect(await bulk(api, "cancel", { filter: { state: "RUNNING" } })).toMatchObject({ changed: 1, passed: 0 });
    expect((await api.headOf(released.runId))?.state).toBe("CANCELLED");
  });

  test("a tenant names no other tenant; an operator any", async () => {
    const api = await anApi();
    await aDead(api);
    const body = { filter: { state: "DEAD", tenant: "acme" } };
    expect((await api.ask("POST", "/v1/runs/redrive", { as: "rival", body })).status).toBe(403);
    expect(await bulk(api, "redrive", body, "operator")).toMatchObject({ changed: 1 });
  });

  test("refuses bad filters, rates and cursors by their field", async () => {
    const api = await anApi();
    const cases = [
      [{ filter: {} }, "filter.state"],
      [{ filter: { state: "RUNNING" } }, "filter.state"],
      [{ filter: { state: "DEAD" }, ratePerSecond: 0 }, "ratePerSecond"],
      [{ filter: { state: "DEAD" }, limit: 101 }, "limit"],
      [{ filter: { state: "DEAD" }, cursor: "x" }, "cursor"],
    ] as const;
    for (const [body, field] of cases) {
      const response = await api.ask("POST", "/v1/runs/redrive", { body });
      expect(response.status).toBe(400);
      expect(problem.parse(await response.json()).errors?.[0]?.field).toBe(field);
    }
  });
});

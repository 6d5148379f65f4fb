/** A redrive queues runs as a submit does, so it asks for room as a submit does. */
import { expect, test } from "vitest";
import { bulkResult, problem } from "../../services/contract/http.ts";
import type { Lane } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { backlogPass } from "../../services/controller/measure-backlog.ts";
import { endFromOutside } from "../../services/core/lifecycle.ts";
import { aTimeMs } from "../support/builders.ts";
import { aWakeId } from "../support/ids.ts";
import { anApi, type Caller, callers, goodRun } from "./api-fixture.ts";

const QUEUED_MAX = 20;

/** An API whose bound is `QUEUED_MAX`, with so many runs of acme in the lane normal already, as measured. */
async function aFullApi(queued = QUEUED_MAX) {
  const api = await anApi({ queuedMax: QUEUED_MAX });
  if (queued > 0)
    expect((await api.ask("POST", "/v1/runs", { body: { runs: Array(queued).fill(goodRun) } })).status).toBe(202);
  const measure = async () => {
    await backlogPass(api.world, { store: api.world.backlog, queuedMax: QUEUED_MAX });
    await api.clock.advance(limits.backlogReadMs);
  };
  await measure();
  let died = 0;
  /** A run that died; each is older than the one before. */
  const aDead = async (overrides: Partial<RunHead> = {}): Promise<RunHead> => {
    const head = await api.put({ wakeId: aWakeId(), createdAtMs: aTimeMs - ++died * 1_000, ...overrides });
    const write = endFromOutside(head, { reason: "too-many-failures", nowMs: aTimeMs });
    const outcome = await api.world.runs.write(head.runId, write);
    if (outcome.kind === "refused") throw new Error("the end must be taken");
    return outcome.head;
  };
  const one = ({ runId }: RunHead, as: Caller = "acme") =>
    api.ask("POST", `/v1/runs/${runId}/redrive`, { as, body: {} });
  const many = (cursor?: string) =>
    api.askAndWait("POST", "/v1/runs/redrive", { body: { filter: { state: "DEAD" }, ratePerSecond: 100, cursor } });
  const statesOf = async (heads: readonly RunHead[]) =>
    Promise.all(heads.map(async ({ runId }) => (await api.headOf(runId))?.state));
  /** As if workers had taken everything that waited. */
  const drain = async () => {
    for (;;) {
      const some = await api.world.queue.receive("normal", 10, 0, 1_000);
      if (some.length === 0) return measure();
      const receipts = some.map(({ receipt }) => receipt);
      await api.world.queue.delete("normal", receipts);
    }
  };
  return { ...api, aDead, one, many, statesOf, drain, measure };
}

test("one run is refused with Retry-After, and left as it is; other tenants and lanes go on", async () => {
  const api = await aFullApi();
  const dead = await api.aDead();
  const refused = await api.one(dead);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, String(limits.backlogRetrySeconds)]);
  expect(problem.parse(await refused.json()).code).toBe("queue-full");
  expect(await api.headOf(dead.runId)).toEqual(dead);
  expect((await api.one(await api.aDead({ lane: "high" }))).status).toBe(202);
  expect((await api.one(await api.aDead({ tenant: callers.rival.tenant }), "operator")).status).toBe(202);
  await api.drain();
  expect((await api.one(dead)).status).toBe(202);
});

test("an operator gets no more room for a tenant than it has", async () => {
  const api = await aFullApi();
  expect((await api.one(await api.aDead(), "operator")).status).toBe(429);
});

test("a run that cannot go on is told so, and takes no room", async () => {
  const api = await aFullApi(QUEUED_MAX - 1);
  const stuck = await api.aDead({ budgetMicroUsd: 1 });
  for (let i = 0; i < 3; i++) expect((await api.one(stuck)).status).toBe(409);
  expect((await api.one(await api.aDead())).status).toBe(202);
});

test("many stop at the bound, say so, and go on with the cursor once there is room", async () => {
  const api = await aFullApi(15);
  const dead: RunHead[] = [];
  for (let i = 0; i < 12; i++) dead.push(await api.aDead());
  const first = bulkResult.parse(await (await api.many()).json());
  expect(first).toMatchObject({ changed: 5, left: [], full: "normal" });
  expect(await api.statesOf(dead)).toEqual([...Array(5).fill("QUEUED"), ...Array(7).fill("DEAD")]);
  const again = await api.many(first.cursor);
  expect([again.status, again.headers.get("retry-after")]).toEqual([429, String(limits.backlogRetrySeconds)]);
  await api.drain();
  const rest = bulkResult.parse(await (await api.many(first.cursor)).json());
  expect(rest).toEqual({ changed: 7, passed: 0, left: [] });
  expect(new Set(await api.statesOf(dead))).toEqual(new Set(["QUEUED"]));
});

test("many of several lanes: what has no room is not forgotten, though it came first", async () => {
  const api = await aFullApi();
  const lanes: readonly Lane[] = ["normal", "high", "normal", "low"];
  const dead: RunHead[] = [];
  for (const lane of lanes) dead.push(await api.aDead({ lane }));
  const first = bulkResult.parse(await (await api.many()).json());
  expect(first).toMatchObject({ changed: 2, left: [], full: "normal" });
  expect(await api.statesOf(dead)).toEqual(["DEAD", "QUEUED", "DEAD", "QUEUED"]);
  await api.drain();
  expect(bulkResult.parse(await (await api.many(first.cursor)).json())).toMatchObject({ changed: 2, left: [] });
  expect(new Set(await api.statesOf(dead))).toEqual(new Set(["QUEUED"]));
});

/** Reading runs: what a caller sees, pages, entity tags; and what a tenant does not see. */
import { describe, expect, test } from "vitest";
import { runList, runView, turnList } from "../../services/contract/http.ts";
import { agentName } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { aDelta, aTimeMs } from "../support/builders.ts";
import { anApi } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;

const runsOf = async (response: Response) => runList.parse(await response.json()).runs;
const idsOf = async (response: Response) => (await runsOf(response)).map((run) => run.id);
const viewOf = async (response: Response) => runView.parse(await response.json());
const answer = (text: string) => ({ messages: aDelta({}).messages, output: { answer: text } });

describe("one run", () => {
  test("shows its output once it has succeeded", async () => {
    const api = await anApi();
    const { runId } = await api.putRunning();
    await api.commit(runId, { stopReason: "tool_use" });
    expect(await viewOf(await api.ask("GET", `/v1/runs/${runId}`))).toMatchObject({ state: "RUNNING", turns: 1 });
    await api.commit(runId, answer("Twelve."), true);
    const view = await viewOf(await api.ask("GET", `/v1/runs/${runId}`));
    expect(view).toMatchObject({ state: "SUCCEEDED", reason: "completed", turns: 2, output: { answer: "Twelve." } });
    expect(view.cost.spentMicroUsd).toBe(40);
  });

  test("has a tag that changes with it, and only with it", async () => {
    const api = await anApi();
    const { runId } = await api.putRunning();
    const tag = async () => (await api.ask("GET", `/v1/runs/${runId}`)).headers.get("etag") ?? "";
    const first = await tag();
    expect(await tag()).toBe(first);
    for (const known of [first, `W/${first}`, `"other", ${first}`, "*"]) {
      const same = await api.ask("GET", `/v1/runs/${runId}`, { headers: { "if-none-match": known } });
      expect([same.status, await same.text()]).toEqual([304, ""]);
    }
    await api.commit(runId);
    expect(await tag()).not.toBe(first);
    const changed = await api.ask("GET", `/v1/runs/${runId}`, { headers: { "if-none-match": first } });
    expect(changed.status).toBe(200);
  });

  test("that has expired is not there", async () => {
    const api = await anApi();
    const { runId } = await api.put({ state: "FAILED", reason: "agent-error", expiresAt: aTimeMs / 1_000 - 1 });
    expect((await api.ask("GET", `/v1/runs/${runId}`)).status).toBe(404);
  });
});

describe("the list", () => {
  async function pages(api: Api, query: string): Promise<string[][]> {
    const all: string[][] = [];
    for (let cursor: string | undefined, page = 0; page < 50; page++) {
      const path = `/v1/runs?${query}${cursor === undefined ? "" : `&cursor=${cursor}`}`;
      const body = runList.parse(await (await api.ask("GET", path)).json());
      all.push(body.runs.map((run) => run.id));
      cursor = body.cursor;
      if (cursor === undefined) return all;
    }
    throw new Error("the list does not end");
  }

  const putMany = async (api: Api, count: number, overrides: (i: number) => Partial<RunHead> = () => ({})) => {
    const heads: RunHead[] = [];
    for (let i = 0; i < count; i++) heads.push(await api.put({ createdAtMs: aTimeMs + i, ...overrides(i) }));
    return heads.map((head) => head.runId).reverse();
  };

  test("goes on from page to page, newest first, each run once", async () => {
    const api = await anApi();
    const ids = await putMany(api, 23);
    const found = await pages(api, "limit=5");
    expect(found.flat()).toEqual(ids);
    expect(found.map((page) => page.length)).toEqual([5, 5, 5, 5, 3]);
  });

  test("goes on past a run that cannot be read, which is told", async () => {
    const api = await anApi();
    const ids = await putMany(api, 12);
    const [hidden = ""] = ids.slice(7, 8);
    api.world.faults.spoilt.add(hidden);
    expect((await pages(api, "limit=5")).flat()).toEqual(ids.filter((id) => id !== hidden));
    const [failed] = api.world.events.of("store.failed");
    expect(failed).toMatchObject({ operation: "list runs", message: expect.stringContaining(hidden) });
  });

  test("filters by state and agent", async () => {
    const api = await anApi();
    const dear = { agent: agentName.parse("dear") };
    const ids = await putMany(api, 12, (i) => ({ ...(i % 3 === 0 ? dear : {}), ...(i < 6 ? { state: "DEAD" } : {}) }));
    expect((await pages(api, "agent=dear")).flat()).toEqual(ids.filter((_, i) => (11 - i) % 3 === 0));
    expect((await pages(api, "state=DEAD&limit=4")).flat()).toEqual(ids.filter((_, i) => 11 - i < 6));
    expect((await pages(api, "state=DEAD&agent=dear")).flat()).toHaveLength(2);
  });

  test("does not show a run in a state that it has left, though the index lags", async () => {
    const api = await anApi();
    const { runId } = await api.put();
    api.world.index.lag();
    await api.ask("POST", `/v1/runs/${runId}/cancel`);
    expect((await pages(api, "state=QUEUED")).flat()).toEqual([]);
    expect((await pages(api, "")).flat()).toEqual([runId]);
  });

  test("of another tenant is an operator's to see", async () => {
    const api = await anApi();
    const ids = await putMany(api, 3);
    expect(await idsOf(await api.ask("GET", "/v1/runs?tenant=acme", { as: "operator" }))).toEqual(ids);
    expect(await idsOf(await api.ask("GET", "/v1/runs", { as: "operator" }))).toEqual([]);
    expect(await idsOf(await api.ask("GET", "/v1/runs?tenant=acme"))).toEqual(ids);
    expect(await idsOf(await api.ask("GET", "/v1/runs", { as: "rival" }))).toEqual([]);
  });
});

describe("turns", () => {
  test("come in pages, only committed ones, of the highest epoch", async () => {
    const api = await anApi();
    const { runId, epoch } = await api.putRunning();
    for (let turn = 1; turn <= 5; turn++) await api.commit(runId, { messageId: `msg_${turn}` });
    await api.world.history.putDelta(aDelta({ runId, turn: 3, epoch: epoch - 1, messageId: "msg_old" }));
    await api.world.history.putDelta(aDelta({ runId, turn: 6, epoch, messageId: "msg_early" }));
    const found: string[] = [];
    for (let path = `/v1/runs/${runId}/turns?limit=2`; path !== ""; ) {
      const page = turnList.parse(await (await api.ask("GET", path)).json());
      found.push(...page.turns.map((turn) => turn.messageId));
      path = page.cursor === undefined ? "" : `/v1/runs/${runId}/turns?limit=2&cursor=${page.cursor}`;
    }
    expect(found).toEqual(["msg_1", "msg_2", "msg_3", "msg_4", "msg_5"]);
  });

  test("of a page do not outgrow its bytes; one turn always fits", async () => {
    const api = await anApi();
    const { runId } = await api.putRunning();
    const content = "x".repeat(limits.pageBytes / 2);
    for (let turn = 1; turn <= 3; turn++) await api.commit(runId, { messages: [{ role: "user", content }] });
    const page = turnList.parse(await (await api.ask("GET", `/v1/runs/${runId}/turns`)).json());
    expect(page.turns.map((turn) => turn.turn)).toEqual([1]);
    const next = turnList.parse(await (await api.ask("GET", `/v1/runs/${runId}/turns?cursor=${page.cursor}`)).json());
    expect(next.turns.map((turn) => turn.turn)).toEqual([2]);
  });

  test("of a run without any are an empty list", async () => {
    const api = await anApi();
    const { runId } = await api.put();
    expect(await (await api.ask("GET", `/v1/runs/${runId}/turns`)).json()).toEqual({ turns: [] });
  });
});

test("another tenant's run looks like no run, on every path; an operator sees it", async () => {
  const api = await anApi();
  const { runId } = await api.put();
  const absent = runId.replace(/.$/, (last) => (last === "a" ? "b" : "a"));
  const requests = [
    ["GET", ""],
    ["GET", "?wait=25"],
    ["GET", "/turns"],
    ["GET", "/events"],
    ["POST", "/cancel"],
  ] as const;
  for (const [method, rest] of requests) {
    const theirs = await api.ask(method, `/v1/runs/${runId}${rest}`, { as: "rival" });
    const none = await api.ask(method, `/v1/runs/${absent}${rest}`, { as: "rival" });
    expect(theirs.status).toBe(404);
    expect((await theirs.text()).replaceAll(runId, "-")).toBe((await none.text()).replaceAll(absent, "-"));
  }
  expect((await api.ask("GET", `/v1/runs/${runId}`, { as: "operator" })).status).toBe(200);
  expect((await api.ask("POST", `/v1/runs/${runId}/cancel`, { as: "operator" })).status).toBe(200);
});

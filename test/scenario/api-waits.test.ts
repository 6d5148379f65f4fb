/** Waiting for runs: when a wait ends, what it costs, and what ends it early. */
import { describe, expect, test } from "vitest";
import { problem, runList, runView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { aDelta, aTimeMs } from "../support/builders.ts";
import { anApi, callers } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;

const runsOf = async (response: Response) => runList.parse(await response.json()).runs;
const idsOf = async (response: Response) => (await runsOf(response)).map((run) => run.id);
const viewOf = async (response: Response) => runView.parse(await response.json());
const answer = (text: string) => ({ messages: aDelta({}).messages, output: { answer: text } });

/** Lets `ms` pass while a request waits; gives its answer and whether it had come before `ms` were over. */
async function during(api: Api, asked: Promise<Response>, ms: number, work: () => Promise<unknown>) {
  let early = false;
  void asked.then(() => {
    early = true;
  });
  await api.clock.advance(ms);
  const before = early;
  await work();
  let done = false;
  void asked.then(() => {
    done = true;
  });
  await api.clock.advanceUntil(() => done, 60_000);
  return { response: await asked, before };
}

describe("a wait", () => {
  test("answers when the run ends, not before", async () => {
    const api = await anApi();
    const { runId } = await api.putRunning();
    const asked = api.ask("GET", `/v1/runs/${runId}?wait=25`);
    const { response, before } = await during(api, asked, 9_000, () => api.commit(runId, answer("Late."), true));
    expect(before).toBe(false);
    expect(await viewOf(response)).toMatchObject({ state: "SUCCEEDED", output: { answer: "Late." } });
    expect(api.clock.nowMs() - aTimeMs).toBeLessThanOrEqual(9_000 + 2 * limits.waitPollMaxMs);
  });

  test("without a known tag outlasts a turn; with one it ends with it", async () => {
    const api = await anApi();
    const { runId } = await api.putRunning();
    const etag = (await api.ask("GET", `/v1/runs/${runId}`)).headers.get("etag") ?? "";
    const patient = api.ask("GET", `/v1/runs/${runId}?wait=20`);
    const curious = api.ask("GET", `/v1/runs/${runId}?wait=20`, { headers: { "if-none-match": etag } });
    const first = await during(api, curious, 3_000, () => api.commit(runId));
    expect(first.before).toBe(false);
    expect([first.response.status, (await viewOf(first.response)).turns]).toEqual([200, 1]);
    expect(api.clock.nowMs() - aTimeMs).toBeLessThan(6_000);
    const last = await during(api, patient, 0, async () => undefined);
    expect(await viewOf(last.response)).toMatchObject({ state: "RUNNING", turns: 1 });
    expect(api.clock.nowMs() - aTimeMs).toBeGreaterThanOrEqual(20_000);
  });

  test("that is over gives the run as it is, or 304 when nothing changed", async () => {
    const api = await anApi();
    const { runId } = await api.put();
    const etag = (await api.ask("GET", `/v1/runs/${runId}`)).headers.get("etag") ?? "";
    const response = await api.askAndWait("GET", `/v1/runs/${runId}?wait=2`, { headers: { "if-none-match": etag } });
    expect(response.status).toBe(304);
    expect(api.clock.nowMs() - aTimeMs).toBeGreaterThanOrEqual(2_000);
  });

  test("ends at once when the client goes away, and when the process stops", async () => {
    const api = await anApi();
    const { runId } = await api.put();
    const left = new AbortController();
    const gone = api.ask("GET", `/v1/runs/${runId}?wait=25`, { signal: left.signal });
    const stopped = api.ask("GET", `/v1/runs/${runId}?wait=25`);
    await api.clock.advance(500);
    left.abort();
    await gone;
    api.stop.abort();
    expect((await stopped).status).toBe(200);
    expect(api.clock.nowMs() - aTimeMs).toBe(500);
    await api.clock.advance(1_000);
    expect(api.clock.sleeping).toBe(0);
  });

  test("goes on through a failing store, and fails only when it is over", async () => {
    const api = await anApi();
    const { runId } = await api.put();
    const asked = api.ask("GET", `/v1/runs/${runId}?wait=10`);
    await api.clock.advance(1_000);
    api.world.faults.outage(new Error("no store"), ["runs.read"]);
    await api.clock.advance(3_000);
    api.world.faults.heal();
    const { response } = await during(api, asked, 0, () => api.ask("POST", `/v1/runs/${runId}/cancel`));
    expect(await viewOf(response)).toMatchObject({ state: "CANCELLED" });
    expect(api.world.events.of("store.failed").length).toBeGreaterThan(0);
  });

  test("for a run that cannot be read keeps nobody else waiting, and fails when it is over", async () => {
    const api = await anApi();
    const [hidden, other] = [await api.put(), await api.putRunning()];
    const failing = api.ask("GET", `/v1/runs/${hidden.runId}?wait=10`);
    const asked = api.ask("GET", `/v1/runs/${other.runId}?wait=25`);
    await api.clock.advance(1_000);
    api.world.faults.spoilt.add(hidden.runId);
    const { response } = await during(api, asked, 1_000, () => api.commit(other.runId, answer("Done."), true));
    expect(await viewOf(response)).toMatchObject({ state: "SUCCEEDED" });
    expect(api.clock.nowMs() - aTimeMs).toBeLessThan(10_000);
    await api.clock.advance(10_000);
    expect((await failing).status).toBe(503);
  });

  test("of many clients is one read for the process at a time", async () => {
    const api = await anApi();
    const runs = await Promise.all(Array.from({ length: 30 }, () => api.put()));
    const asked = runs.map(({ runId }) => api.ask("GET", `/v1/runs/${runId}?wait=25`));
    await api.clock.advance(0);
    let reads = 0;
    const { read } = api.world.runs;
    const counted = (...given: Parameters<typeof read>) => {
      reads += 1;
      return read(...given);
    };
    Object.assign(api.world.runs, { read: counted });
    await api.clock.advance(10_000);
    expect(reads).toBeGreaterThan(5);
    expect(reads).toBeLessThan(25);
    api.stop.abort();
    await Promise.all(asked);
  });
});

describe("a wait for many", () => {
  test("answers shortly after the first end, with every run", async () => {
    const api = await anApi();
    const heads = await Promise.all(Array.from({ length: 5 }, () => api.putRunning()));
    const ids = heads.map((head) => head.runId);
    const asked = api.ask("GET", `/v1/runs?ids=${ids.join()}&wait=25`);
    const { response, before } = await during(api, asked, 4_000, async () => {
      for (const id of ids.slice(0, 2)) await api.commit(id, answer("Done."), true);
    });
    expect(before).toBe(false);
    const runs = await runsOf(response);
    expect(runs.map((run) => run.state).sort()).toEqual(["RUNNING", "RUNNING", "RUNNING", "SUCCEEDED", "SUCCEEDED"]);
    expect(runs.filter((run) => run.state === "SUCCEEDED").map((run) => run.output)).toEqual([
      { answer: "Done." },
      { answer: "Done." },
    ]);
    expect(api.clock.nowMs() - aTimeMs).toBeLessThan(4_000 + 2 * limits.waitPollMaxMs + limits.waitGatherMs);
  });

  test("answers at once when all have ended, and when no wait is asked for", async () => {
    const api = await anApi();
    const ended = await api.put({ state: "FAILED", reason: "agent-error" });
    const open = await api.put();
    expect(await idsOf(await api.ask("GET", `/v1/runs?ids=${ended.runId}&wait=25`))).toEqual([ended.runId]);
    expect(await idsOf(await api.ask("GET", `/v1/runs?ids=${open.runId},${ended.runId}`))).toHaveLength(2);
    expect(api.clock.nowMs()).toBe(aTimeMs);
  });

  test("names the ids that are not there, another tenant's among them", async () => {
    const api = await anApi();
    const own = await api.put();
    const theirs = await api.put({ tenant: callers.rival.tenant });
    const response = await api.ask("GET", `/v1/runs?ids=${own.runId},${theirs.runId}&wait=5`);
    expect(response.status).toBe(404);
    expect(problem.parse(await response.json()).errors?.map((error) => error.field)).toEqual(["ids[1]"]);
  });
});

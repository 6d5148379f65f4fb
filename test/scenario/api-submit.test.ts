/** Submitting: what is stored, in which order, and what sending it again does. */
import { describe, expect, test } from "vitest";
import { problem, runList, runView } from "../../services/contract/http.ts";
import { runId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { runInput } from "../../services/contract/run.ts";
import { agentSpec } from "../../services/core/agent.ts";
import { batchKey, runIdOf } from "../../services/core/identity.ts";
import { anApi, callers, goodRun, parkOf } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;

const keyed = (key: string, body: unknown) => ({ body, headers: { "idempotency-key": key } });
const batch = (size: number) => ({ runs: Array.from({ length: size }, (_, i) => question(i)) });
const question = (i: number) => ({ agent: "echo", input: { question: `number ${i}?` } });
const receive = ({ world }: Api, lane: "high" | "normal" | "low" = "normal") => world.queue.receive(lane, 10, 0, 1_000);
const listed = async ({ world }: Api) => (await world.index.byTenant({ tenant: callers.acme.tenant, limit: 100 })).ids;
const runsOf = async (response: Response) => runList.parse(await response.json()).runs;

describe("one run", () => {
  test("is durable, queued and shown where Location says", async () => {
    const api = await anApi();
    const response = await api.ask("POST", "/v1/runs", { body: goodRun });
    const view = runView.parse(await response.json());
    expect(response.status).toBe(202);
    expect(view).toMatchObject({ tenant: "acme", agent: "echo", state: "QUEUED", lane: "normal", turns: 0 });
    const again = await api.ask("GET", response.headers.get("location") ?? "");
    expect(runView.parse(await again.json())).toEqual(view);
    const [message] = await receive(api);
    const head = await api.headOf(view.id);
    expect(message?.message).toMatchObject({ runId: view.id, wakeId: head?.wakeId });
    expect(api.world.events.of("run.accepted")).toMatchObject([{ runId: view.id, tenant: "acme", lane: "normal" }]);
  });

  test("takes its frozen agent, the checked input and the first message along", async () => {
    const api = await anApi();
    const view = runView.parse(await (await api.ask("POST", "/v1/runs", { body: goodRun })).json());
    const head = await api.headOf(view.id);
    if (head === undefined) throw new Error("no head");
    const input = runInput.parse(JSON.parse((await api.world.contents.get(head.input)) ?? ""));
    expect(input).toEqual({ input: { question: "Why?", times: 1 }, prompt: "Why? (1 times)" });
    const spec = agentSpec.parse(JSON.parse((await api.world.contents.get(head.spec)) ?? ""));
    expect(spec).toMatchObject({ name: "echo", version: "1", system: "Answer." });
    expect(head.nextMicroUsd).toBeGreaterThan(0);
  });

  test("has the limits that it asks for, else those of its agent", async () => {
    const api = await anApi();
    const asked = { ...goodRun, lane: "high", budgetMicroUsd: 70_000, timeoutMs: 5_000, deadlineMs: 60_000 };
    const own = runView.parse(await (await api.ask("POST", "/v1/runs", { body: asked })).json());
    const head = await api.headOf(own.id);
    expect(head).toMatchObject({ lane: "high", budgetMicroUsd: 70_000, timeoutMs: 5_000 });
    expect((head?.deadlineAtMs ?? 0) - (head?.createdAtMs ?? 0)).toBe(60_000);
    expect(await receive(api, "high")).toHaveLength(1);
    const usual = runView.parse(await (await api.ask("POST", "/v1/runs", { body: goodRun })).json());
    expect(await api.headOf(usual.id)).toMatchObject({
      lane: "normal",
      budgetMicroUsd: limits.budgetDefaultMicroUsd,
      timeoutMs: limits.timeoutDefaultMs,
    });
  });

  test("without a key, is another run each time", async () => {
    const api = await anApi();
    await api.ask("POST", "/v1/runs", { body: goodRun });
    await api.ask("POST", "/v1/runs", { body: goodRun });
    expect(await listed(api)).toHaveLength(2);
  });

  test("whose agent has no price is our fault, and refused", async () => {
    const api = await anApi();
    const response = await api.ask("POST", "/v1/runs", { body: { ...goodRun, agent: "priceless" } });
    expect(response.status).toBe(500);
    expect(problem.parse(await response.json()).code).toBe("model-without-price");
    expect(await listed(api)).toEqual([]);
  });
});

describe("an idempotency key", () => {
  test("gives the same run for the same body, however it is written", async () => {
    const api = await anApi();
    const first = await api.ask(
      "POST",
      "/v1/runs",
      keyed("k", '{"agent":"echo","input":{"question":"Why?","times":2}}'),
    );
    const again = '{ "lane":"normal", "input":{"times":2,"question":"Why?"}, "agent":"echo" }';
    const second = await api.ask("POST", "/v1/runs", keyed("k", again));
    expect(runView.parse(await second.json())).toEqual(runView.parse(await first.json()));
    expect(await listed(api)).toHaveLength(1);
  });

  test("is a conflict with another body, and the first run stays as it was", async () => {
    const api = await anApi();
    const first = runView.parse(await (await api.ask("POST", "/v1/runs", keyed("k", goodRun))).json());
    const before = await api.headOf(first.id);
    for (const other of [{ ...goodRun, lane: "low" }, question(3), { ...goodRun, budgetMicroUsd: 900_000 }]) {
      const response = await api.ask("POST", "/v1/runs", keyed("k", other));
      expect(response.status).toBe(409);
      expect(problem.parse(await response.json()).code).toBe("idempotency-conflict");
    }
    expect(await api.headOf(first.id)).toEqual(before);
    expect(await listed(api)).toHaveLength(1);
  });

  test("belongs to its tenant", async () => {
    const api = await anApi();
    const own = runView.parse(await (await api.ask("POST", "/v1/runs", keyed("k", goodRun))).json());
    const theirs = await api.ask("POST", "/v1/runs", { ...keyed("k", question(1)), as: "rival" });
    expect(theirs.status).toBe(202);
    expect(runView.parse(await theirs.json()).id).not.toBe(own.id);
  });

  test("shows a run that has ended meanwhile, with its output, and wakes nobody", async () => {
    const api = await anApi();
    const { id } = runView.parse(await (await api.ask("POST", "/v1/runs", keyed("k", goodRun))).json());
    await receive(api);
    const head = await api.headOf(id);
    if (head === undefined) throw new Error("no head");
    const cancelled = await api.ask("POST", `/v1/runs/${id}/cancel`);
    const again = await api.ask("POST", "/v1/runs", keyed("k", goodRun));
    expect(again.status).toBe(202);
    expect(await again.json()).toEqual(await cancelled.json());
    expect(await receive(api)).toEqual([]);
  });
});

describe("a batch", () => {
  test("of 100 is stored in order, each lane woken", async () => {
    const api = await anApi();
    const body = { runs: batch(100).runs.map((run, i) => ({ ...run, lane: i % 2 === 0 ? "low" : "normal" })) };
    const runs = await runsOf(await api.ask("POST", "/v1/runs", keyed("k", body)));
    expect(runs.map((run) => run.id)).toEqual(body.runs.map((_, i) => runIdOf(callers.acme.tenant, batchKey("k", i))));
    expect(await api.world.queue.depth("low")).toMatchObject({ visible: 50 });
    expect(await api.world.queue.depth("normal")).toMatchObject({ visible: 50 });
  });

  test("cut half-way is completed by sending it again", async () => {
    const api = await anApi();
    api.world.faults.failNext("runs.create", new Error("cut"));
    const cut = await api.ask("POST", "/v1/runs", keyed("k", batch(8)));
    expect(cut.status).toBe(503);
    const before = (await listed(api)).length;
    expect(before).toBeLessThan(8);
    const runs = await runsOf(await api.ask("POST", "/v1/runs", keyed("k", batch(8))));
    expect(new Set(runs.map((run) => run.id)).size).toBe(8);
    expect(await listed(api)).toHaveLength(8);
    expect(await api.world.queue.depth("normal")).toMatchObject({ visible: 8 });
  });

  test("whose create lost its answer is completed by sending it again", async () => {
    const api = await anApi();
    api.world.faults.failNext("runs.create", "lost-answer", 3);
    expect((await api.ask("POST", "/v1/runs", keyed("k", batch(5)))).status).toBe(503);
    expect((await api.ask("POST", "/v1/runs", keyed("k", batch(5)))).status).toBe(202);
    expect(await listed(api)).toHaveLength(5);
  });

  test("with fewer runs, or a single other run, under the same key is a conflict; one run is one run either way", async () => {
    const api = await anApi();
    await api.ask("POST", "/v1/runs", keyed("k", batch(2)));
    expect((await api.ask("POST", "/v1/runs", keyed("k", batch(1)))).status).toBe(409);
    expect((await api.ask("POST", "/v1/runs", keyed("k", question(7)))).status).toBe(409);
    expect(await listed(api)).toHaveLength(2);
    const [one] = await runsOf(await api.ask("POST", "/v1/runs", keyed("one", { runs: [question(7)] })));
    const same = runView.parse(await (await api.ask("POST", "/v1/runs", keyed("one", question(7)))).json());
    expect(same.id).toBe(one?.id);
  });

  test("with one run changed is a conflict that names it, and stores nothing", async () => {
    const api = await anApi();
    await api.ask("POST", "/v1/runs", keyed("k", batch(3)));
    const other = { runs: [...batch(2).runs, question(7)] };
    const response = await api.ask("POST", "/v1/runs", keyed("k", other));
    expect(response.status).toBe(409);
    expect(problem.parse(await response.json()).errors?.map((error) => error.field)).toEqual(["runs[2]"]);
    expect(await listed(api)).toHaveLength(3);
  });

  test("names every mistake of every run at once", async () => {
    const api = await anApi();
    const body = {
      runs: [
        { ...goodRun, agent: "poet" },
        { agent: "echo", input: { question: 7, times: 99 } },
      ],
    };
    const said = problem.parse(await (await api.ask("POST", "/v1/runs", { body })).json());
    const fields = said.errors?.map((error) => error.field);
    expect(fields).toEqual(["runs[0].agent", "runs[1].input.question", "runs[1].input.times"]);
  });
});

describe("when the queue fails", () => {
  test("runs are accepted all the same; the sweep finds them", async () => {
    const api = await anApi();
    api.world.faults.outage(new Error("no queue"), ["queue.send"]);
    const response = await api.ask("POST", "/v1/runs", { body: goodRun });
    expect(response.status).toBe(202);
    expect(api.world.events.of("store.failed")).toMatchObject([{ operation: "send normal" }]);
    expect(await listed(api)).toHaveLength(1);
  });

  test("messages that it did not take are told, and sent by the next try with the same key", async () => {
    const api = await anApi();
    api.world.queue.refuseNext(1);
    await api.ask("POST", "/v1/runs", keyed("k", goodRun));
    expect(api.world.events.of("store.failed")).toHaveLength(1);
    expect(await receive(api)).toEqual([]);
    await api.ask("POST", "/v1/runs", keyed("k", goodRun));
    expect(await receive(api)).toHaveLength(1);
  });
});

test.each([
  ["that waits for its second turn", { turn: 2 }],
  ["that is parked", { holder: "park" }],
] as const)("a run %s is not woken by sending its submit again", async (_, change) => {
  const api = await anApi();
  const { id } = runView.parse(await (await api.ask("POST", "/v1/runs", keyed("k", goodRun))).json());
  await receive(api);
  const set = "holder" in change ? { holder: parkOf(runId.parse(id)) } : change;
  await api.world.runs.write(runId.parse(id), { guard: { state: "QUEUED" }, set });
  expect((await api.ask("POST", "/v1/runs", keyed("k", goodRun))).status).toBe(202);
  expect(await receive(api)).toEqual([]);
});

test("contents are there before the head that names them", async () => {
  const api = await anApi();
  api.world.faults.outage(new Error("no contents"), ["contents.put"]);
  const response = await api.ask("POST", "/v1/runs", { body: goodRun });
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(problem.parse(await response.json()).detail).not.toContain("no contents");
  expect(await listed(api)).toEqual([]);
});

test("two requests with one key and different bodies at once: one is accepted, the other is a conflict", async () => {
  const api = await anApi();
  const answers = await Promise.all([
    api.ask("POST", "/v1/runs", keyed("k", question(1))),
    api.ask("POST", "/v1/runs", keyed("k", question(2))),
  ]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([202, 409]);
  expect(await listed(api)).toHaveLength(1);
});

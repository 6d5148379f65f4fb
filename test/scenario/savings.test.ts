/** Savings around model calls, seen from a worker: one first of runs that begin alike, long results, whose they are, switches. */
import { expect, test } from "vitest";
import { z } from "zod";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { type RunId, tenantId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { freeze } from "../../services/core/agent.ts";
import { planCache } from "../../services/core/cache-plan.ts";
import { READ_MORE } from "../../services/core/read-more.ts";
import type { ModelRequest } from "../../services/ports/model.ts";
import { anAgent } from "../support/agents.ts";
import { aTimeMs } from "../support/builders.ts";
import { aWorld } from "./worker-fixture.ts";

const ended = (head: RunHead) => head.state === "SUCCEEDED";
const LONG = Array.from({ length: 4_000 }, (_, i) => `row ${i}`).join("\n");
const result = z.object({ content: z.string(), is_error: z.boolean().optional() });

/** The results that the last message of a call brought. */
const resultsOf = (call: ModelRequest | undefined) => z.array(result).parse(call?.messages.at(-1)?.content);
const keyIn = (text: string | undefined): string => z.string().parse(/"key":"([0-9a-f]{64})"/.exec(text ?? "")?.[1]);
const readMore = (key: string, offset = 0) => ask([{ id: `r${offset}`, name: READ_MORE, input: { key, offset } }]);

/** A run that gets a long result; gives the key under which it is stored. */
async function withLongResult(world: ReturnType<typeof aWorld>, id: RunId): Promise<string> {
  world.model.script(id, [ask([{ id: "a", name: "pure", input: { words: LONG } }])]);
  await world.until(id, (head) => head.turn > 1);
  await world.clock.advanceUntil(() => world.model.calls.some(({ runId, turn }) => runId === id && turn === 2), 60_000);
  const call = world.model.calls.findLast(({ runId }) => runId === id);
  return keyIn(resultsOf(call)[0]?.content);
}

test("the model reads on in a long result, page by page, until it has all of it", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.otherwise(() => say("end", 5_000));
  world.model.script(id, [ask([{ id: "a", name: "pure", input: { words: LONG } }])]);
  world.model.otherwise((request) => {
    const [last] = resultsOf(request);
    const text = last?.content ?? "";
    const next = /more from offset (\d+) on/.exec(text)?.[1] ?? /"offset":(\d+)/.exec(text)?.[1];
    const [first] = resultsOf({ ...request, messages: request.messages.slice(0, 3) });
    return next === undefined ? say("end") : readMore(keyIn(first?.content), Number(next));
  });
  world.start();
  await world.until(id, ended);
  const pages = world.model.calls.slice(1).map((call) => resultsOf(call)[0]?.content ?? "");
  expect(pages.length).toBeGreaterThan(2);
  const [short = "", ...rest] = pages;
  const whole = rest.map((page) => page.slice(0, page.lastIndexOf("\n[characters ")));
  expect(short.slice(0, Number(/"offset":(\d+)/.exec(short)?.[1])) + whole.join("")).toBe(`did ${LONG}`);
});

test("nobody reads a result of another tenant: it is as if there were none", async () => {
  const world = aWorld();
  const [mine, theirs] = [tenantId.parse("tenant-mine"), tenantId.parse("tenant-theirs")];
  const victim = await world.submit({ tenant: theirs });
  world.model.otherwise(() => say("end", 60_000));
  world.start();
  const key = await withLongResult(world, victim);
  const told = async (tenant: typeof mine, asked: string) => {
    const id = await world.submit({ tenant });
    world.model.script(id, [readMore(asked), say("end")]);
    await world.until(id, ended);
    return resultsOf(world.model.calls.findLast(({ runId }) => runId === id))[0];
  };
  const foreign = await told(mine, key);
  expect(foreign).toMatchObject({ is_error: true, content: `there is no stored result with the key ${key}` });
  const absent = "0".repeat(64);
  expect((await told(mine, absent))?.content.replace(absent, key)).toBe(foreign?.content);
  expect((await told(theirs, key))?.content).toContain("row 1\n");
});

test("a key that names something else in the store opens nothing", async () => {
  const world = aWorld();
  const id = await world.submit();
  const head = await world.head(id);
  world.model.script(id, [readMore(head.input), readMore("no digest", 1), say("end")]);
  world.start();
  await world.until(id, ended);
  const results = world.model.calls.slice(1).map((call) => resultsOf(call)[0]);
  expect(results).toEqual(
    [head.input, "no digest"].map((key) =>
      expect.objectContaining({ is_error: true, content: `there is no stored result with the key ${key}` }),
    ),
  );
});

test("of many runs that begin alike one asks first; the others start with the first byte of its answer", async () => {
  const world = aWorld(1, aTimeMs, "Answer at length. ".repeat(200));
  world.model.otherwise(() => say("end", 4_000));
  const ids = await Promise.all(Array.from({ length: 8 }, () => world.submit()));
  world.start();
  await world.clock.advanceUntil(() => world.model.calls.length > 0, 10_000);
  await world.clock.advance(500);
  expect(world.model.calls).toHaveLength(1);
  await world.clock.advance(1_000);
  expect(world.model.calls).toHaveLength(8);
  for (const id of ids) await world.until(id, ended);
});

test("runs whose common beginning is too short to be cached do not wait for each other", async () => {
  const world = aWorld();
  world.model.otherwise(() => say("end", 4_000));
  await Promise.all(Array.from({ length: 8 }, () => world.submit()));
  world.start();
  await world.clock.advanceUntil(() => world.model.calls.length === 8, 1_000);
});

test("a drain while runs wait for the first byte releases them at once", async () => {
  const world = aWorld(1, aTimeMs, "Answer at length. ".repeat(200));
  world.model.otherwise(() => ({ kind: "stall" }));
  const ids = await Promise.all([world.submit(), world.submit()]);
  const worker = world.start();
  await world.clock.advanceUntil(() => world.model.calls.length === 1, 10_000);
  worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs(), deadlineAtMs: world.clock.nowMs() + 25_000 });
  await world.clock.advance(100);
  const states = await Promise.all(ids.map(async (id) => (await world.head(id)).state));
  expect(states.toSorted()).toEqual(["QUEUED", "RUNNING"]);
});

test("what is turned off is not done", async () => {
  const world = aWorld(1, aTimeMs, "Answer at length. ".repeat(200));
  world.model.otherwise(() => say("end", 4_000));
  await Promise.all([world.submit(), world.submit()]);
  world.saving.off = ["caching"];
  world.start();
  await world.clock.advanceUntil(() => world.model.calls.length === 2, 1_000);
  expect(world.model.calls.map(({ cache }) => cache)).toEqual([undefined, undefined]);
  const agent = anAgent({ model: "simple" });
  const { spec } = freeze("bees", agent, { off: ["compression", "clearing"] });
  expect([spec.wholeResultBytes, spec.clearing, spec.tools.map(({ name }) => name)]).toEqual([
    undefined,
    undefined,
    ["shout"],
  ]);
  expect(freeze("bees", agent).spec).toMatchObject({
    wholeResultBytes: limits.wholeResultBytes,
    clearing: { keepToolUses: 3 },
  });
  expect(planCache({ spec, turn: 1, messages: [{ role: "user", content: "?" }], turns: [] })).toMatchObject({
    end: true,
  });
});

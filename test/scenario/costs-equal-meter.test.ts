/**
 * A worker on the real wire to the stand-in for Claude, which prices each call from a table of its own: what the books hold, what
 * the runs say and what the meter shows is one number.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { anthropicModel } from "../../services/adapters/model/anthropic.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import rehearsal from "../../services/agents/rehearsal.ts";
import { agentName, type RunId, wakeId, workerId } from "../../services/contract/ids.ts";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { admit } from "../../services/core/admission.ts";
import { type Agent, freeze } from "../../services/core/agent.ts";
import { hourOf } from "../../services/core/books.ts";
import { mergeCells, totalOf } from "../../services/core/cost-cells.ts";
import { canonicalJson, sha256 } from "../../services/core/digest.ts";
import { isEnded, wakeOf } from "../../services/core/lifecycle.ts";
import { type RunningStub, startStub } from "../../services/local/claude-stub/server.ts";
import { Worker } from "../../services/worker/worker.ts";
import { anAccepted } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";

const meter = z.object({ costMicroUsd: z.int(), completed: z.int(), unpriced: z.int() });

/** The same work for models with other prices. */
const agents = new Map<string, Agent>(
  ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"].map((id, i) => [
    `priced-${i}`,
    { ...rehearsal, model: { id } },
  ]),
);
const INPUTS = [
  { turns: 1, turnMs: 0, chunks: 2, outputTokens: 7 },
  { turns: 6, turnMs: 0, chunks: 2, outputTokens: 331 },
  { turns: 2, turnMs: 0, chunks: 1, outputTokens: 53, inputTokens: 100_000 },
  { turns: 2, turnMs: 0, chunks: 1, outputTokens: 53, inputTokens: 100_001 },
];

let stub: RunningStub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());

async function submit(
  world: ReturnType<typeof memoryWorld>,
  name: string,
  input: (typeof INPUTS)[number],
): Promise<RunId> {
  const agent = agents.get(name) ?? rehearsal;
  const { text: spec, digest } = freeze(name, agent);
  const text = canonicalJson({ input, prompt: agent.prompt(input) });
  const nowMs = systemClock.nowMs();
  const wake = wakeId.parse(`k_${world.chance.id()}`);
  const of = { agent: agentName.parse(name), spec: digest, input: sha256(text), wakeId: wake, nowMs };
  const head = admit(anAccepted({ ...of, budgetMicroUsd: 100_000_000 }));
  await world.contents.put(
    [
      { digest, text: spec },
      { digest: sha256(text), text },
    ],
    nowMs,
  );
  await world.runs.create(head, nowMs);
  await world.queue.send(head.lane, [wakeOf(head, wake)]);
  return head.runId;
}

test("books, runs and the stand-in's meter are one number, over models, bands and cached prompts", async () => {
  const clock = systemClock;
  const world = memoryWorld({ clock });
  const firstHour = hourOf(clock.nowMs());
  const ids: RunId[] = [];
  for (const name of agents.keys()) for (const input of INPUTS) ids.push(await submit(world, name, input));
  const model = anthropicModel({ apiKey: "test", baseURL: stub.url, clock });
  const rate = { platform: "test", workspace: "default", limits: { "*": generousRateLimit }, headroom: 0, rampMs: 0 };
  const worker = new Worker(
    { ...world, model, agents },
    {
      ...{ workerId: workerId.parse(`w_${world.chance.id()}`), pool: "local", slots: 10, rate },
      ...{ receiveWaitMs: 500, visibilityMs: 60_000, host: "test", version: "test" },
    },
  );
  worker.start();
  const heads = await eventually(async () => {
    const all = await world.runs.read(ids, clock.nowMs());
    expect(all.every((head) => isEnded(head.state))).toBe(true);
    return all;
  }, 30_000);
  await worker.drain({ source: "test", atMs: clock.nowMs() });
  expect(new Set(heads.map((head) => head.state))).toEqual(new Set(["SUCCEEDED"]));
  const pages = await Promise.all([firstHour, firstHour + 1].map((hour) => world.ledger.hour(hour)));
  const books = pages.flatMap((page) => page.books);
  const { spentMicroUsd, calls, ...tokens } = totalOf(mergeCells(books.map(({ cells }) => cells)));
  const { costMicroUsd, completed, unpriced } = meter.parse(stub.state.ledger.totals());
  expect(unpriced).toBe(0);
  expect([spentMicroUsd, calls]).toEqual([costMicroUsd, completed]);
  expect(heads.reduce((sum, head) => sum + head.spentMicroUsd, 0)).toBe(costMicroUsd);
  // The mix is one: something was written to the cache and read from it.
  expect(Math.min(tokens.cacheReadTokens, tokens.cacheWrite5mTokens)).toBeGreaterThan(0);
  expect(books.every((book) => book.state === "COMPLETE")).toBe(true);
}, 60_000);

/** What a run of ten turns costs in DynamoDB and SQS: the real adapters, API and worker, alone on a table, nothing shared. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { eventRecorder } from "../../services/adapters/memory/event-recorder.ts";
import { ask, say, scriptedModel } from "../../services/adapters/memory/scripted-model.ts";
import { systemChance } from "../../services/adapters/system/chance.ts";
import { api } from "../../services/api/app.ts";
import { runView } from "../../services/contract/http.ts";
import { agentName, tenantId, workerId } from "../../services/contract/ids.ts";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { defineAgent, defineTool } from "../../services/core/agent.ts";
import { apiKeyOf, storedKey } from "../../services/core/api-key.ts";
import { Worker } from "../../services/worker/worker.ts";
import { type Bill, countBill, indexWrites, itemBytes, priceOf } from "../support/aws-bill.ts";
import { type AwsDeployment, awsDeployment } from "../support/aws-deployment.ts";
import { embeddedAws } from "../support/embedded-aws.ts";
import { eventually } from "../support/eventually.ts";

const TURNS = 10;
const DELTA_BYTES = 2_048;
const MOST_USD = 0.000_1;

let server: Awaited<ReturnType<typeof embeddedAws>>;
let aws: AwsDeployment;
beforeAll(async () => {
  server = await embeddedAws();
  aws = await awsDeployment(server);
});
afterAll(async () => {
  await aws.dispose();
  await server.stop();
});

const look = defineTool({
  name: "look",
  description: "looks something up",
  replay: "pure",
  input: z.object({ words: z.string() }),
  run: async () => "f".repeat(900),
});
const agent = defineAgent({
  version: "1",
  description: "looks things up",
  model: "simple",
  instructions: "Answer. ".repeat(100),
  turnsMax: TURNS,
  input: z.object({ question: z.string() }),
  tools: [look],
  prompt: ({ question }) => question,
});

/** Submits one run and works it off; gives what the run's own items and messages were billed. */
async function billOfOneRun(): Promise<Bill> {
  const { port: queue } = await aws.newQueue();
  const { clock, stores } = aws;
  const events = eventRecorder(clock);
  const agents = new Map([[agentName.parse("looker"), agent]]);
  const secret = apiKeyOf(new Uint8Array(32).fill(7));
  await stores.keys.put(
    storedKey(secret, { tenant: tenantId.parse("acme"), role: "tenant", name: "t" }, clock.nowMs()),
  );
  const model = scriptedModel(clock);
  model.otherwise(({ turn }) =>
    turn === TURNS
      ? say("a".repeat(900))
      : ask([{ id: `toolu_${turn}`, name: "look", input: { words: "w".repeat(600) } }]),
  );
  const bill = countBill(aws.clients, (pk) => pk.startsWith("RUN#") || pk.startsWith("CONTENT#"));
  const rate = { platform: "p", workspace: "w", limits: { "*": generousRateLimit }, headroom: 0, rampMs: 0 };
  const app = api({ ...stores, rate, queue, agents, clock, chance: systemChance, events });
  const answer = await app.request("/v1/runs", {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ agent: "looker", input: { question: "Why? ".repeat(200) } }),
  });
  const { id } = runView.parse(await answer.json());
  const worker = new Worker(
    { ...stores, queue, model, agents, clock, chance: systemChance, events },
    {
      ...{ workerId: workerId.parse(`w_${systemChance.id()}`), pool: "local", slots: 1, receiveWaitMs: 1_000 },
      ...{ visibilityMs: 60_000, host: "test", version: "test", rate },
    },
  );
  worker.start();
  await eventually(() =>
    expect([events.of("run.ended").length, bill.has("sqs DeleteMessageBatch")]).toEqual([1, true]),
  );
  await worker.drain({ source: "test", atMs: clock.nowMs() });
  expect(events.of("run.ended")).toMatchObject([{ runId: id, state: "SUCCEEDED", turns: TURNS }]);
  const deltas = await stores.history.deltas(id, 1, TURNS + 1);
  const sizes = deltas.map((delta) => JSON.stringify(delta).length);
  expect(sizes.reduce((sum, size) => sum + size, 0) / TURNS).toBeGreaterThan(DELTA_BYTES);
  return bill;
}

test(`a run of ${TURNS} turns with deltas of 2 KB costs at most ${MOST_USD} USD`, async () => {
  const bill = await billOfOneRun();
  const total = [...bill].reduce((sum, [what, line]) => sum + priceOf(what, line), 0);
  const all = Object.fromEntries([...bill].map(([what, line]) => [what, line.units]));
  // The machine's clock decides: a run that takes longer than `renewLookMs` has its message renewed.
  const { "sqs ChangeMessageVisibilityBatch": renewals = 0, ...units } = all;
  expect(renewals).toBeLessThanOrEqual(1);
  // Each line, so that a change of the hot path shows here first. The run is alone: nothing shares its requests.
  expect(units).toEqual({
    "write CONTENT": 5,
    "write HEAD": TURNS + 2,
    "write TURN": 3 * TURNS + 1,
    "write index byDeadline": 2,
    // One of them lists the ended run for the books, so that a turn costs no write of its own for them.
    "write index byHolder": 5,
    "write index byTenant": 3,
    "read CONTENT": 2,
    "sqs SendMessageBatch": 1,
    "sqs ReceiveMessage": 1,
    "sqs DeleteMessageBatch": 1,
  });
  expect(total).toBeLessThanOrEqual(MOST_USD);
}, 60_000);

test("the rules: sizes are names and values, and an index is written when what it shows changes", () => {
  expect(itemBytes({ pk: { S: "ab" }, n: { N: "1234" }, yes: { BOOL: true } })).toBe(4 + 5 + 4);
  const index = { name: "i", keys: ["h"], include: ["s"] };
  const at = (h: string | undefined, s = "x") => ({ ...(h === undefined ? {} : { h: { S: h } }), s: { S: s } });
  expect(indexWrites(index, undefined, at("a"))).toBe(1);
  expect(indexWrites(index, at("a"), at("a"))).toBe(0);
  expect(indexWrites(index, at("a"), at("a", "y"))).toBe(1);
  expect(indexWrites(index, at("a"), at("b"))).toBe(2);
  expect(indexWrites(index, at("a"), at(undefined))).toBe(1);
  expect(indexWrites(index, at(undefined), at(undefined))).toBe(0);
});

/** The batch adapter over the wire: the real SDK against the Claude stub in this process, which bills at half the price. */
import { expect, test } from "vitest";
import { z } from "zod";
import { anthropicBatches } from "../../services/adapters/model/anthropic-batches.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { customIdOf } from "../../services/core/batch.ts";
import { costOf } from "../../services/core/cost.ts";
import { startStub } from "../../services/local/claude-stub/server.ts";
import { aRunId } from "../support/ids.ts";
import { batchModelContract } from "./batch-model.contract.ts";

const DELAY_MS = 300;

async function stubbed(delayMs: number) {
  const stub = await startStub();
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(stub.url + path, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
  };
  await post("/_stub/config", { batches: { delayMs } });
  return { stub, post, port: anthropicBatches({ apiKey: "none", baseURL: stub.url }) };
}

batchModelContract("Anthropic SDK and the Claude stub", async () => {
  const { stub, post, port } = await stubbed(DELAY_MS);
  return {
    port,
    nowMs: () => Date.now(),
    prepare: async ({ request: { runId } }, what) => {
      if (what === "rejected") return;
      const content =
        what === "text"
          ? [{ type: "text", text: "Twelve times." }]
          : [{ type: "tool_use", name: "count", input: { word: "sea" } }];
      await post("/_stub/scripts", { runId, turns: [{ content }] });
    },
    loseCreation: () => post("/_stub/config", { batches: { loseNext: 1 } }),
    ends: () => systemClock.sleep(DELAY_MS + 50),
    dispose: () => stub.close(),
  };
});

test("the stub bills an answer of a batch once, at half of what a call costs, and an errored one at nothing", async () => {
  const { stub, port } = await stubbed(0);
  const options = { signal: new AbortController().signal, timeoutMs: 5_000 };
  const [paid, free] = [aRunId(), aRunId()];
  const request = { turn: 1, model: "claude-sonnet-5-5", maxTokens: 200, system: "Sum up.", tools: [] };
  const messages = [{ role: "user" as const, content: "The tides are high. ".repeat(50) }];
  const batch = await port.create(
    [
      { customId: customIdOf(paid, 1), request: { ...request, runId: paid, messages } },
      { customId: customIdOf(free, 1), request: { ...request, runId: free, messages, maxTokens: 0 } },
    ],
    options,
  );
  if (batch.kind === "failed") throw new Error(batch.message);
  const results = await port.results(batch.value.id, options);
  if (results.kind === "failed") throw new Error(results.message);
  await port.results(batch.value.id, options);
  const counts = z.object({ completed: z.int(), refused: z.int(), costMicroUsd: z.int() });
  const all = z.object({ runs: z.array(z.object({ turns: z.array(counts) })) });
  const meter = all.parse(await (await fetch(`${stub.url}/_stub/calls?run=${paid}&run=${free}`)).json());
  const answer = results.value.find(({ customId }) => customId === customIdOf(paid, 1))?.result;
  if (answer?.kind !== "answer") throw new Error("no answer");
  const half = costOf("claude-sonnet-5-5", answer.usage, { batch: true });
  const full = costOf("claude-sonnet-5-5", answer.usage);
  if (half.kind !== "priced" || full.kind !== "priced") throw new Error("no price");
  expect(meter.runs.map(({ turns }) => turns[0])).toEqual([
    { completed: 1, refused: 0, costMicroUsd: half.microUsd },
    { completed: 0, refused: 1, costMicroUsd: 0 },
  ]);
  expect(half.microUsd).toBe(Math.ceil(full.microUsd / 2));
  await stub.close();
});

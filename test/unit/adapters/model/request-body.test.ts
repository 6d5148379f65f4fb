import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { anthropicModel } from "../../../../services/adapters/model/anthropic.ts";
import research from "../../../../services/agents/research.ts";
import { freeze } from "../../../../services/core/agent.ts";
import type { ModelRequest } from "../../../../services/ports/model.ts";
import { aTimeMs } from "../../../support/builders.ts";
import { aRunId } from "../../../support/ids.ts";

const sent: string[] = [];
/** Keeps what it was asked and refuses it. */
const server = createServer((req, res) => {
  let body = "";
  req.on("data", (part: Buffer) => {
    body += part.toString("utf8");
  });
  req.on("end", () => {
    sent.push(body);
    res.writeHead(400, { "content-type": "application/json" });
    res.end(JSON.stringify({ type: "error", error: { type: "invalid_request_error", message: "no" } }));
  });
});
beforeAll(() => once(server.listen(0, "127.0.0.1"), "listening"));
afterAll(() => server.close());

async function bodyOf(request: ModelRequest): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const model = anthropicModel({ apiKey: "k", baseURL: `http://127.0.0.1:${port}`, clock: manualClock(aTimeMs) });
  const answer = await model.call(request, { signal: new AbortController().signal, idleMs: 1_000 });
  expect(answer).toMatchObject({ kind: "failed", code: "request-rejected", billed: "no" });
  return z.string().parse(sent.at(-1));
}

const { spec } = freeze("research", research);
const request: ModelRequest = {
  runId: aRunId(),
  turn: 1,
  model: spec.model,
  maxTokens: spec.maxTokens,
  system: spec.system,
  tools: spec.tools,
  messages: [{ role: "user", content: "How many gulls?" }],
};

test("tools and messages go out byte for byte, the same at every turn", async () => {
  const body = await bodyOf(request);
  expect(body).toContain(`"tools":${JSON.stringify(spec.tools)}`);
  expect(body).toContain('"messages":[{"role":"user","content":[{"type":"text","text":"How many gulls?"}]}]');
  expect(await bodyOf({ ...request, turn: 2 })).toBe(body);
  expect(body).not.toContain("output_config");
});

test("the schema of the answer has only what the API takes: limits are told in words", async () => {
  const limited = z.toJSONSchema(z.object({ line: z.int().min(1).max(9), name: z.string().regex(/^a/) }));
  const body = await bodyOf({ ...request, outputSchema: z.json().parse(limited) });
  const { output_config } = z
    .object({ output_config: z.object({ format: z.object({ type: z.string(), schema: z.json() }) }) })
    .parse(JSON.parse(body));
  expect(output_config.format.type).toBe("json_schema");
  expect(output_config.format.schema).toMatchObject({
    type: "object",
    required: ["line", "name"],
    additionalProperties: false,
    properties: { line: { type: "integer", description: expect.stringContaining("minimum: 1") } },
  });
  const format = JSON.stringify(output_config.format);
  for (const refused of ["minimum", "maximum", "pattern", "$schema"]) expect(format).not.toContain(`"${refused}":`);
});

import { describe, expect, it } from "vitest";
import { asTurn, control, MODEL, stubAndClient, until, user } from "./support.ts";

const tools = [
  {
    name: "read_page",
    input_schema: { type: "object" as const, properties: { page: { type: "integer" } }, required: ["page"] },
  },
];

describe("answers", () => {
  it("are the same as JSON and as a stream", async () => {
    const { client } = await stubAndClient();
    const params = { model: MODEL, max_tokens: 300, messages: [user("The ship sailed. It carried salt.")] };
    const whole = await client.messages.create(params);
    const streamed = await client.messages.stream(params).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole).toMatchObject({ type: "message", role: "assistant", stop_reason: "end_turn", stop_sequence: null });
  });

  it("stream their events in the order of the API", async () => {
    const { client } = await stubAndClient();
    const events: string[] = [];
    const stream = client.messages.stream({ model: MODEL, max_tokens: 300, messages: [user("go")], tools });
    stream.on("streamEvent", (event) => {
      const detail = event.type === "content_block_delta" ? `:${event.delta.type}` : "";
      events.push(event.type + detail);
    });
    const message = await stream.finalMessage();
    expect(events).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta:text_delta",
      "content_block_stop",
      "content_block_start",
      "content_block_delta:input_json_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(message.stop_reason).toBe("tool_use");
    expect(message.content.at(-1)).toMatchObject({ type: "tool_use", name: "read_page", input: { page: 1 } });
  });

  it("begin with the exact input usage and one ping", async () => {
    const { stub } = await stubAndClient();
    const headers = { authorization: "Bearer k", "anthropic-version": "2026-10-21" };
    const body = JSON.stringify({ model: MODEL, max_tokens: 9, stream: true, messages: [user("x".repeat(80))] });
    const text = await (await fetch(`${stub.url}/v1/messages`, { method: "POST", headers, body })).text();
    expect(text.match(/^event: ping$/gm)).toHaveLength(1);
    expect(text).toMatch(/^event: message_start\ndata: .*"input_tokens":20,.*"output_tokens":1,/);
  });

  it("stop at max_tokens and at stop sequences", async () => {
    const { client } = await stubAndClient();
    const messages = [user("The ship sailed at dawn. It carried salt and iron to the north.")];
    const short = await client.messages.create({ model: MODEL, max_tokens: 2, messages });
    expect(short).toMatchObject({ stop_reason: "max_tokens", content: [{ text: "The ship" }] });
    const stopped = await client.messages.create({ model: MODEL, max_tokens: 99, messages, stop_sequences: [" at"] });
    expect(stopped).toMatchObject({
      stop_reason: "stop_sequence",
      stop_sequence: " at",
      content: [{ text: "The ship sailed" }],
    });
  });

  it("come at the configured pace", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "config", { latency: { ttft: 20, total: 60 } });
    const began = performance.now();
    await client.messages.stream({ model: MODEL, max_tokens: 99, messages: [user("x")] }).finalMessage();
    expect(performance.now() - began).toBeGreaterThanOrEqual(58);
  });
});

describe("a caller that goes away", () => {
  it("is counted as aborted and billed for its input", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "config", { latency: { ttft: 0, total: 3_600_000 } });
    const stream = client.messages.stream(
      { model: MODEL, max_tokens: 99, messages: [user("x".repeat(400))] },
      asTurn("r", 3),
    );
    await new Promise<void>((resolve) => stream.on("connect", () => resolve()));
    await until(() => stream.currentMessage !== undefined);
    stream.abort();
    await stream.done().catch(() => {});
    await until(() => JSON.stringify(stub.state.ledger.totals()).includes('"open":0'));
    expect(stub.state.ledger.run("r")).toMatchObject({
      turns: [
        { turn: 3, started: 1, firstByte: 1, aborted: 1, completed: 0, usage: { inputTokens: 100, outputTokens: 0 } },
      ],
    });
  });
});

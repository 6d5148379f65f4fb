import { describe, expect, it } from "vitest";
import { Refusal } from "../../../services/local/claude-stub/refusal.ts";
import { parseRequest } from "../../../services/local/claude-stub/request.ts";
import { stubAndClient } from "./support.ts";

const hello = { role: "user", content: "hello" };
const base = { model: "claude-haiku-5-5", max_tokens: 10, messages: [hello] };
const tool = { name: "look", input_schema: { type: "object" } };
const asks = (id: string) => ({ role: "assistant", content: [{ type: "tool_use", id, name: "look", input: {} }] });
const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "seen" });
const talk = (...messages: object[]) => ({ ...base, tools: [tool], messages: [hello, ...messages] });

function refusalOf(body: unknown): { status: number; message: string } | undefined {
  try {
    parseRequest(body, { maxTokens: true });
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, message: error.message };
    throw error;
  }
}

describe("validation", () => {
  it.each([
    ["plain", base],
    ["a list of blocks", { ...base, messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }] }],
    ["neighbours of one role", { ...base, messages: [hello, hello] }],
    ["a paired tool call", talk(asks("t1"), { role: "user", content: [result("t1")] })],
    [
      "text after the results",
      talk(asks("t1"), { role: "user", content: [result("t1"), { type: "text", text: "go" }] }),
    ],
    ["a system message at the end", { ...base, messages: [hello, { role: "system", content: "be brief" }] }],
    ["a forced tool of a model that allows it", { ...talk(), tool_choice: { type: "any" } }],
  ])("accepts %s", (_name, body) => {
    expect(refusalOf(body)).toBeUndefined();
  });

  it.each([
    ["no model", { ...base, model: undefined }, 400, "model: Field required"],
    ["an unknown model", { ...base, model: "claude-3-opus" }, 404, "model: claude-3-opus"],
    ["no max_tokens", { ...base, max_tokens: undefined }, 400, "max_tokens: Field required"],
    ["max_tokens 0", { ...base, max_tokens: 0 }, 400, "max_tokens"],
    ["max_tokens as text", { ...base, max_tokens: "10" }, 400, "max_tokens"],
    ["no messages", { ...base, messages: undefined }, 400, "messages: Field required"],
    ["empty messages", { ...base, messages: [] }, 400, "messages: at least one message"],
    ["a strange role", { ...base, messages: [{ role: "robot", content: "x" }] }, 400, "messages.0.role"],
    ["an empty text", { ...base, messages: [{ role: "user", content: " " }] }, 400, "messages.0.content"],
    [
      "a strange block",
      { ...base, messages: [{ role: "user", content: [{ type: "x" }] }] },
      400,
      "messages.0.content.0",
    ],
    ["temperature", { ...base, temperature: 0 }, 400, "temperature"],
    ["top_p", { ...base, top_p: 1 }, 400, "top_p"],
    ["a prefill", { ...base, messages: [hello, { role: "assistant", content: "I" }] }, 400, "prefill"],
    ["an assistant first", { ...base, messages: [{ role: "assistant", content: "I" }, hello] }, 400, "messages.0"],
    ["a call without result", talk(asks("t1"), hello), 400, "without `tool_result` blocks immediately after: t1"],
    ["a result without call", talk({ role: "user", content: [result("t9")] }), 400, "unexpected `tool_use_id`"],
    ["a result twice", talk(asks("t1"), { role: "user", content: [result("t1"), result("t1")] }), 400, "single result"],
    ["a call id twice", talk(asks("t1"), { role: "user", content: [result("t1")] }, asks("t1"), hello), 400, "unique"],
    [
      "a forced tool of Sonnet 5.5",
      { ...talk(), model: "claude-sonnet-5-5", tool_choice: { type: "any" } },
      400,
      "tool_choice",
    ],
    [
      "a forced tool of Opus 5.5",
      { ...talk(), model: "claude-opus-5-5", tool_choice: { type: "tool", name: "look" } },
      400,
      "tool_choice",
    ],
    ["a tool without schema", { ...base, tools: [{ name: "x" }] }, 400, "tools.0.input_schema: Field required"],
    [
      "five cache marks",
      {
        ...base,
        cache_control: { type: "ephemeral" },
        system: Array.from({ length: 4 }, () => ({ type: "text", text: "s", cache_control: { type: "ephemeral" } })),
      },
      400,
      "maximum of 4",
    ],
  ])("refuses %s", (_name, body, status, message) => {
    const refusal = refusalOf(body);
    expect(refusal?.status).toBe(status);
    expect(refusal?.message).toContain(message);
  });

  it.each([
    ["no key", {}, "{}", 401, "authentication_error"],
    ["no version", { "x-api-key": "k" }, "{}", 400, "invalid_request_error"],
    ["no JSON", { "x-api-key": "k", "anthropic-version": "2026-10-21" }, "{", 400, "invalid_request_error"],
  ])("answers %s with an error document", async (_name, headers, body, status, type) => {
    const { stub } = await stubAndClient();
    const response = await fetch(`${stub.url}/v1/messages`, { method: "POST", headers, body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      type: "error",
      error: { type },
      request_id: response.headers.get("request-id"),
    });
  });
});

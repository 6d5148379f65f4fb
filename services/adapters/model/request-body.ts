/** A request in the API's words. Apart from its cache marks it is byte-stable: a later turn's begins with an earlier one's. */
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";
import { z } from "zod";
import type { ContentBlock, Json, Message } from "../../contract/turn.ts";
import type { Clearing } from "../../core/clearing.ts";
import type { ModelRequest } from "../../ports/model.ts";

const objectSchema = z.record(z.string(), z.json());

/** An answer's schema as the API takes it: limits that it refuses (`minimum`, `pattern`) become words of a description. */
const outputFormat = (schema: Json) => ({
  type: "json_schema",
  schema: transformJSONSchema(objectSchema.parse(schema)),
});

/** Blocks that may carry a mark; reasoning may not. */
const MARKABLE: ReadonlySet<string> = new Set(["text", "tool_use", "tool_result", "image", "document"]);

/** A text is always sent as a block, so that a mark on it changes no other byte. */
const blocksOf = ({ content }: Message): readonly ContentBlock[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

/** The message with a mark on that block, or on the nearest one before it that may carry one. */
function marked(content: readonly ContentBlock[], block: number, mark: object): readonly ContentBlock[] {
  const at = content.findLastIndex(({ type }, i) => i <= block && MARKABLE.has(type));
  return content.map((one, i) => (i === at ? { ...one, cache_control: mark } : one));
}

const tokens = (value: number) => ({ type: "input_tokens", value });

/** Old tool results are cleared on the API's side, oldest first; tool calls stay. */
const editing = ({ aboveTokens, keepToolUses, atLeastTokens }: Clearing) => ({
  edits: [
    {
      type: "clear_tool_uses_20250919",
      trigger: tokens(aboveTokens),
      keep: { type: "tool_uses", value: keepToolUses },
      clear_at_least: tokens(atLeastTokens),
    },
  ],
});

/** Path and headers of a request: clearing is a beta feature, which only calls that ask for it use. */
export const requestWay = ({ clearing }: ModelRequest) =>
  clearing === undefined
    ? { path: "/v1/messages", headers: {} }
    : { path: "/v1/messages?beta=true", headers: { "anthropic-beta": "context-management-2025-06-27" } };

/** Tools and messages go out as they were frozen and stored. */
export function requestBody({ cache, clearing, ...request }: ModelRequest) {
  const mark = { type: "ephemeral", ttl: cache?.ttl ?? "5m" };
  const system = { type: "text", text: request.system, ...(cache?.system === true ? { cache_control: mark } : {}) };
  const messages = request.messages.map((message) => ({ role: message.role, content: blocksOf(message) }));
  for (const { message, block } of cache?.blocks ?? []) {
    const found = messages[message];
    if (found !== undefined) found.content = marked(found.content, block ?? found.content.length - 1, mark);
  }
  return {
    model: request.model,
    max_tokens: request.maxTokens,
    ...(request.outputSchema === undefined ? {} : { output_config: { format: outputFormat(request.outputSchema) } }),
    ...(cache?.end === true ? { cache_control: mark } : {}),
    ...(clearing === undefined ? {} : { context_management: editing(clearing) }),
    stream: true,
    ...(request.tools.length === 0 ? {} : { tools: request.tools }),
    ...(request.system === "" ? {} : { system: [system] }),
    messages,
  };
}

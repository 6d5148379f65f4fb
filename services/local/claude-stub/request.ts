/** A Messages API request, parsed once at the edge: every field that the stub acts on, with its type. */
import { type Block, type CacheTtl, cacheMark, parseContent } from "./blocks.ts";
import { type ClearToolUses, parseClearing } from "./clearing.ts";
import type { Message } from "./message.ts";
import { type ModelRules, rulesOf } from "./models.ts";
import { arrayAt, isObject, type Json, objectAt, textAt } from "./narrow.ts";
import { checkConversation } from "./pairing.ts";
import { invalid, Refusal } from "./refusal.ts";
import { tokensOfChars } from "./tokens.ts";

/** One tool offered. */
export interface Tool {
  readonly name: string;
  readonly schema: Json;
  /** The definition as JSON; counted and hashed. */
  readonly text: string;
  readonly tokens: number;
  readonly cache: CacheTtl | undefined;
}

/** May the model call tools: as it likes, not at all, some tool, or the one named. */
export type ToolChoice =
  | { readonly kind: "auto" }
  | { readonly kind: "none" }
  | { readonly kind: "any" }
  | { readonly kind: "tool"; readonly name: string };

/** The parsed request. */
export interface MessagesRequest {
  readonly model: string;
  readonly rules: ModelRules;
  readonly maxTokens: number;
  readonly stream: boolean;
  readonly system: readonly Block[];
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** False when the caller wants at most one tool call a turn. */
  readonly parallelTools: boolean;
  /** JSON schema of the answer, when the caller asked for one. */
  readonly outputSchema: Json | undefined;
  readonly stopSequences: readonly string[];
  /** Top-level automatic caching: a mark on the last block, whichever it is. */
  readonly autoCache: CacheTtl | undefined;
  /** Clears old tool results of a long history before the model sees it. */
  readonly clearing: ClearToolUses | undefined;
}

/** Most cache marks in one request, the automatic one included. */
export const MAX_CACHE_MARKS = 4;

/** Parameters that this version of the API refuses. */
const REMOVED = ["temperature", "top_p", "top_k"];

function parseMessage(value: unknown, field: string): Message {
  const raw = objectAt(value, field);
  const role = raw.role;
  if (role !== "user" && role !== "assistant" && role !== "system") {
    throw invalid(`${field}.role`, "Input should be 'user', 'assistant' or 'system'");
  }
  return { role, blocks: parseContent(raw.content, `${field}.content`) };
}

function parseTool(value: unknown, field: string): Tool {
  const raw = objectAt(value, field);
  const name = textAt(raw.name, `${field}.name`);
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
    throw invalid(`${field}.name`, "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'");
  }
  const schema = objectAt(raw.input_schema, `${field}.input_schema`);
  const text = JSON.stringify([name, raw.description, schema]);
  const cache = cacheMark(raw.cache_control, `${field}.cache_control`);
  return { name, schema, text, tokens: tokensOfChars(text.length), cache };
}

function parseTools(value: unknown): readonly Tool[] {
  if (value === undefined) return [];
  const tools = arrayAt(value, "tools").map((tool, index) => parseTool(tool, `tools.${index}`));
  const names = new Set(tools.map((tool) => tool.name));
  if (names.size !== tools.length) throw invalid("tools", "Tool names must be unique.");
  return tools;
}

function parseToolChoice(value: unknown, tools: readonly Tool[], model: string, rules: ModelRules): ToolChoice {
  if (value === undefined) return { kind: "auto" };
  const { type, name } = objectAt(value, "tool_choice");
  if (type === "auto" || type === "none") return { kind: type };
  if (type !== "any" && type !== "tool") {
    throw invalid("tool_choice.type", "Input should be 'auto', 'any', 'tool' or 'none'");
  }
  if (!rules.forcedToolChoice) throw invalid("tool_choice", `type '${type}' is not supported by ${model}`);
  if (tools.length === 0) throw invalid("tool_choice", "may only be specified while providing tools");
  if (type === "any") return { kind: "any" };
  const wanted = textAt(name, "tool_choice.name");
  if (!tools.some((tool) => tool.name === wanted)) throw invalid("tool_choice.name", `Tool '${wanted}' not found`);
  return { kind: "tool", name: wanted };
}

function parseOutputSchema(value: unknown): Json | undefined {
  if (value === undefined || value === null) return undefined;
  const { format } = objectAt(value, "output_config");
  if (format === undefined || format === null) return undefined;
  const { type, schema } = objectAt(format, "output_config.format");
  if (type !== "json_schema") throw invalid("output_config.format.type", "Input should be 'json_schema'");
  return objectAt(schema, "output_config.format.schema");
}

function parseMaxTokens(value: unknown, rules: ModelRules): number {
  if (value === undefined) throw invalid("max_tokens", "Field required");
  if (typeof value !== "number" || !Number.isInteger(value))
    throw invalid("max_tokens", "Input should be a valid integer");
  if (value <= 0) throw invalid("max_tokens", "Input should be greater than 0");
  if (value > rules.maxOutputTokens) {
    throw invalid("max_tokens", `${value} > ${rules.maxOutputTokens}, the most output tokens of this model`);
  }
  return value;
}

/** Marks in prompt order: tools, system, messages, and the automatic one at the end. */
function marksOf(request: MessagesRequest): readonly CacheTtl[] {
  const blocks = [...request.system, ...request.messages.flatMap((message) => message.blocks)];
  const marks = [...request.tools, ...blocks].flatMap(({ cache }) => cache ?? []);
  return request.autoCache === undefined ? marks : [...marks, request.autoCache];
}

function checkMarks(marks: readonly CacheTtl[]): void {
  if (marks.length > MAX_CACHE_MARKS) {
    throw new Refusal(
      400,
      `A maximum of ${MAX_CACHE_MARKS} blocks with cache_control may be provided. Found ${marks.length}.`,
    );
  }
  if (marks.some((ttl, i) => ttl === "1h" && marks.slice(0, i).includes("5m"))) {
    throw new Refusal(400, "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block");
  }
}

/** Parses and checks a request body. Throws a Refusal (400, 404) that names the field. */
export function parseRequest(body: unknown, needs: { maxTokens: boolean }): MessagesRequest {
  if (!isObject(body)) throw new Refusal(400, "The request body is not a valid JSON object");
  const model = textAt(body.model, "model");
  const rules = rulesOf(model);
  if (rules === undefined) throw new Refusal(404, `model: ${model}`);
  for (const name of REMOVED) {
    if (body[name] !== undefined) throw invalid(name, "is not supported by this version of the API");
  }
  const maxTokens = needs.maxTokens ? parseMaxTokens(body.max_tokens, rules) : 1;
  const messages = arrayAt(body.messages, "messages").map((m, index) => parseMessage(m, `messages.${index}`));
  checkConversation(messages);
  const tools = parseTools(body.tools);
  const request: MessagesRequest = {
    model,
    rules,
    maxTokens,
    stream: body.stream === true,
    system: body.system === undefined || body.system === "" ? [] : parseContent(body.system, "system"),
    messages,
    tools,
    toolChoice: parseToolChoice(body.tool_choice, tools, model, rules),
    parallelTools: !(isObject(body.tool_choice) && body.tool_choice.disable_parallel_tool_use === true),
    outputSchema: parseOutputSchema(body.output_config),
    stopSequences:
      body.stop_sequences === undefined
        ? []
        : arrayAt(body.stop_sequences, "stop_sequences").map((s, index) => textAt(s, `stop_sequences.${index}`)),
    autoCache: cacheMark(body.cache_control, "cache_control"),
    clearing: parseClearing(body.context_management),
  };
  checkMarks(marksOf(request));
  return request;
}

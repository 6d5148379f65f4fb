/** Content blocks of a request, narrowed to what the stub reads: text, tool pairs, cache marks and a token count. */
import { arrayAt, isArray, isObject, type Json, objectAt, textAt } from "./narrow.ts";
import { invalid } from "./refusal.ts";
import { BINARY_BLOCK_TOKENS, tokensOfChars } from "./tokens.ts";

/** How long a cached prefix lives. */
export type CacheTtl = "5m" | "1h";

/** One content block. `text` is what was counted: the words, a tool's input as JSON, or a tool's result. */
export interface Block {
  readonly type: string;
  readonly text: string;
  /** Id of a `tool_use`, or `tool_use_id` of a `tool_result`; empty elsewhere. */
  readonly toolUseId: string;
  /** Name of the tool of a `tool_use`; empty elsewhere. */
  readonly toolName: string;
  /** Input of a `tool_use`; undefined elsewhere. */
  readonly input: unknown;
  readonly isError: boolean;
  readonly tokens: number;
  readonly cache: CacheTtl | undefined;
}

const KNOWN_TYPES: ReadonlySet<string> = new Set([
  "text",
  "tool_use",
  "tool_result",
  "thinking",
  "redacted_thinking",
  "image",
  "document",
  "search_result",
  "container_upload",
  "compaction",
]);

/** Reads a `cache_control` mark; undefined when there is none. */
export function cacheMark(value: unknown, field: string): CacheTtl | undefined {
  if (value === undefined || value === null) return undefined;
  const mark = objectAt(value, field);
  if (mark.type !== "ephemeral") throw invalid(`${field}.type`, "Input should be 'ephemeral'");
  if (mark.ttl === undefined || mark.ttl === "5m") return "5m";
  if (mark.ttl === "1h") return "1h";
  throw invalid(`${field}.ttl`, "Input should be '5m' or '1h'");
}

/** The text of a tool result: a string, or text blocks joined by line ends. */
function resultText(content: unknown, field: string): string {
  if (content === undefined) return "";
  if (typeof content === "string") return content;
  const texts: string[] = [];
  for (const part of arrayAt(content, field)) {
    if (isObject(part) && typeof part.text === "string") texts.push(part.text);
  }
  return texts.join("\n");
}

function plain(raw: Json, type: string, text: string, field: string): Block {
  const tokens = tokensOfChars(text.length);
  const cache = cacheMark(raw.cache_control, `${field}.cache_control`);
  return { type, text, toolUseId: "", toolName: "", input: undefined, isError: false, tokens, cache };
}

function parseBlock(value: unknown, field: string): Block {
  const raw = objectAt(value, field);
  const type = textAt(raw.type, `${field}.type`);
  if (!KNOWN_TYPES.has(type)) {
    throw invalid(field, `Input tag '${type}' found using 'type' does not match any of the expected tags`);
  }
  if (type === "text") {
    const text = textAt(raw.text, `${field}.text`);
    if (text.trim() === "") throw invalid(field, "text content blocks must contain non-whitespace text");
    return plain(raw, type, text, field);
  }
  if (type === "tool_use") {
    const toolUseId = textAt(raw.id, `${field}.id`);
    const toolName = textAt(raw.name, `${field}.name`);
    const input = objectAt(raw.input, `${field}.input`);
    return { ...plain(raw, type, `${toolName} ${JSON.stringify(input)}`, field), toolUseId, toolName, input };
  }
  if (type === "tool_result") {
    const toolUseId = textAt(raw.tool_use_id, `${field}.tool_use_id`);
    const text = resultText(raw.content, `${field}.content`);
    return { ...plain(raw, type, text, field), toolUseId, isError: raw.is_error === true };
  }
  if (type === "thinking") return plain(raw, type, typeof raw.thinking === "string" ? raw.thinking : "", field);
  return { ...plain(raw, type, "", field), tokens: BINARY_BLOCK_TOKENS };
}

/** Parses a message's or a system prompt's `content`: a string, or a list of blocks. */
export function parseContent(content: unknown, field: string): readonly Block[] {
  if (typeof content === "string") {
    if (content.trim() === "") throw invalid(field, "text content must be non-empty");
    return [plain({}, "text", content, field)];
  }
  if (!isArray(content))
    throw invalid(field, content === undefined ? "Field required" : "Input should be a valid array");
  return content.map((part, index) => parseBlock(part, `${field}.${index}`));
}

/**
 * Order of a conversation: who may speak when, and which result answers which tool call.
 * Neighbours of the same role are one turn, as at the API.
 */
import type { Block } from "./blocks.ts";
import type { Message } from "./message.ts";
import { invalid, Refusal } from "./refusal.ts";

/** A run of neighbouring messages of one role. */
interface Span {
  readonly role: Message["role"];
  /** Index of its first message in the request. */
  readonly at: number;
  readonly blocks: Block[];
}

function spansOf(messages: readonly Message[]): Span[] {
  const spans: Span[] = [];
  messages.forEach((message, at) => {
    const last = spans.at(-1);
    if (last !== undefined && last.role === message.role) last.blocks.push(...message.blocks);
    else spans.push({ role: message.role, at, blocks: [...message.blocks] });
  });
  return spans;
}

function toolCalls(span: Span | undefined, seen: Set<string>): Set<string> {
  const ids = new Set<string>();
  if (span?.role !== "assistant") return ids;
  for (const block of span.blocks) {
    if (block.type !== "tool_use") continue;
    if (seen.has(block.toolUseId)) {
      throw invalid(`messages.${span.at}`, `\`tool_use\` ids must be unique: ${block.toolUseId}`);
    }
    seen.add(block.toolUseId);
    ids.add(block.toolUseId);
  }
  return ids;
}

/** Takes the results of a span off the set of open calls; a result without a call is refused. */
function answer(span: Span, open: Set<string>): void {
  const answered = new Set<string>();
  let others = false;
  for (const block of span.blocks) {
    if (block.type !== "tool_result") {
      others = true;
      continue;
    }
    const field = `messages.${span.at}`;
    if (answered.has(block.toolUseId)) {
      throw invalid(
        field,
        `each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${block.toolUseId}`,
      );
    }
    if (span.role !== "user" || !open.delete(block.toolUseId)) {
      throw invalid(
        field,
        `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.toolUseId}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    if (others) throw invalid(field, `\`tool_result\` blocks must come before other content: ${block.toolUseId}`);
    answered.add(block.toolUseId);
  }
}

/** Checks roles and tool pairs of a history. Throws a 400 that names the message. */
export function checkConversation(messages: readonly Message[]): void {
  if (messages.length === 0) throw invalid("messages", "at least one message is required");
  const spans = spansOf(messages);
  const seen = new Set<string>();
  let open = new Set<string>();
  for (const span of spans) {
    const first = span.blocks[0];
    if (first === undefined) throw invalid(`messages.${span.at}.content`, "content must be non-empty");
    const before = open.size;
    answer(span, open);
    if (before > 0 && open.size > 0) {
      throw invalid(
        `messages.${span.at}`,
        `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${[...open].join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
    open = toolCalls(span, seen);
  }
  if (spans[0]?.role === "assistant") throw invalid("messages.0", 'first message must use the "user" role');
  const speakers = spans.filter((span) => span.role !== "system");
  if (speakers.length === 0) throw invalid("messages", "at least one message of the user is required");
  if (speakers.at(-1)?.role === "assistant") {
    throw new Refusal(
      400,
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
}

/** The conversation of a run, rebuilt from its committed turns. Pure. */
import { type ContentBlock, type Message, type ToolUse, type TurnDelta, toolUse } from "../contract/turn.ts";

/** Messages so far, in the exact form that was sent and received. */
export type Conversation = { readonly messages: readonly Message[] };

/** The opening of a run that has no committed turn is its rendered prompt. */
export function rebuild(deltas: readonly TurnDelta[]): Message[] {
  return deltas.flatMap((delta) => delta.messages);
}

/** What the next call needs first: a prompt, results of these tools, or nothing (a paused turn goes on). */
export function pendingTools(messages: readonly Message[]): readonly ToolUse[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant" || typeof last.content === "string") return [];
  return last.content.flatMap((block) => {
    const parsed = toolUse.safeParse(block);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Visible text of an answer. */
export function textOf(content: readonly ContentBlock[]): string {
  return content
    .filter((block) => block.type === "text")
    .map((block) => String(block.text ?? ""))
    .join("");
}

/** Histories that another platform can read: reasoning is signed by the platform that made it, and refused or dropped elsewhere. */
import type { ContentBlock, Message } from "../../contract/turn.ts";

const REASONING: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** Content without reasoning; never empty, which no platform takes. */
export function withoutReasoning(content: readonly ContentBlock[]): readonly ContentBlock[] {
  if (!content.some(({ type }) => REASONING.has(type))) return content;
  const left = content.filter(({ type }) => !REASONING.has(type));
  return left.length === 0 ? [{ type: "text", text: "(no text)" }] : left;
}

/** The messages as another platform takes them; those without reasoning are the same objects. */
export const portable = (messages: readonly Message[]): readonly Message[] =>
  messages.map((message) => {
    if (typeof message.content === "string") return message;
    const content = withoutReasoning(message.content);
    return content === message.content ? message : { ...message, content: [...content] };
  });

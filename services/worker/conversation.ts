/** The conversation of a run, rebuilt from its committed turns. Pure. */
import type { Climb } from "../contract/routing.ts";
import { type ContentBlock, type Message, type ToolUse, type TurnDelta, toolUse } from "../contract/turn.ts";
import { noEvidence, type SeenTurn, type Tally, tallied } from "../core/evidence.ts";

/** Blocks that only the model which made them can read. */
const REASONING: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** The last message with words of ours at its end; the conversation that goes on elsewhere ends with one of the user. */
function withNote(message: Message, note: string): Message {
  const content = typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
  return { ...message, content: [...content, { type: "text", text: note }] };
}

/** The conversation as another model is given it: back to its last good point, without the reasoning of the model before. */
export function climbed(messages: readonly Message[], { keep, note }: Pick<Climb, "keep" | "note">): Message[] {
  const kept = messages.slice(0, keep).flatMap((message): Message[] => {
    if (message.role === "user" || typeof message.content === "string") return [message];
    const content = message.content.filter((block) => !REASONING.has(block.type));
    return content.length === 0 ? [] : [{ ...message, content }];
  });
  // An answer that was paused has nothing after it; a call ends with words of the user.
  const ends = kept.slice(0, kept.findLastIndex(({ role }) => role === "user") + 1);
  const last = ends.at(-1);
  return note === undefined || last === undefined ? ends : [...ends.slice(0, -1), withNote(last, note)];
}

/** A conversation with what speaks against the model in use. */
export type Rebuilt = { readonly messages: readonly Message[]; readonly tally: Tally };

/** What one more committed turn makes of it. */
export function appended(
  { messages, tally }: Rebuilt,
  turn: Pick<TurnDelta, "messages" | "flaw" | "climb" | "step">,
): Rebuilt {
  const seen: SeenTurn = {
    before: messages.length,
    messages: turn.messages,
    flaw: turn.flaw,
    climbed: turn.climb !== undefined,
    step: turn.step,
  };
  const counted = tallied(tally, seen, messages.at(-1));
  if (turn.step !== undefined) return { messages, tally: counted };
  const whole = [...messages, ...turn.messages];
  return { messages: turn.climb === undefined ? whole : climbed(whole, turn.climb), tally: counted };
}

/** Empty while no turn of the conversation is committed: it then opens with the rendered prompt. */
export const rebuild = (deltas: readonly TurnDelta[]): Rebuilt =>
  deltas.reduce<Rebuilt>(appended, { messages: [], tally: noEvidence });

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

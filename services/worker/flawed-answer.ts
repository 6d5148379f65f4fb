/** What a model is told of an answer that is no good, and what the next one is told of it. Pure. */
import { limits } from "../contract/limits.ts";
import type { Evidence } from "../contract/routing.ts";
import type { ContentBlock, Message } from "../contract/turn.ts";
import { pendingTools } from "./conversation.ts";

/** An answer that is no good, in words for a person: `why` ends a run that goes no further. */
export type Flaw = { readonly evidence: Exclude<Evidence, "tool">; readonly why: string };

const NOT_RUN = "Not run: the answer that asked for it was cut off.";

/** Reasoning that was cut has no signature, and the API takes neither it nor an empty text back. */
const isWhole = (block: ContentBlock): boolean =>
  block.type === "thinking" ? typeof block.signature === "string" : block.type !== "text" || block.text !== "";

/** The answer as it can be sent again; none when nothing of it can. */
export function sendable(answer: Message): Message | undefined {
  if (typeof answer.content === "string") return answer;
  const content = answer.content.filter(isWhole);
  return content.length === 0 ? undefined : { ...answer, content };
}

const asks = {
  invalid: "Give the whole answer again: JSON that fits the schema, and nothing else.",
  cut: "Give the whole answer again, much shorter: it must end before that.",
  verify: "Give the whole answer again, corrected.",
} as const satisfies Record<Flaw["evidence"], string>;

const short = (why: string): string => why.slice(0, limits.correctionChars);

/** The message after a flawed answer: what is wrong, and that tools which it asked for were not run. */
export function correction(answer: Message | undefined, { evidence, why }: Flaw): Message {
  const results = pendingTools(answer === undefined ? [] : [answer]).map(({ id }) => ({
    ...{ type: "tool_result", tool_use_id: id, content: NOT_RUN, is_error: true },
  }));
  const text = `Your answer cannot be used: ${short(why)}. ${asks[evidence]}`;
  return { role: "user", content: [...results, { type: "text", text }] };
}

/** What the model of the next tier is told: it does not see the answers that were no good. */
export const noteOf = ({ why }: Flaw): string => `(Another model's answer could not be used: ${short(why)}.)`;

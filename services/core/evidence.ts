/** What speaks against the model in use, counted over the committed turns; whoever resumes a run counts alike. Pure. */
import { z } from "zod";
import type { Evidence } from "../contract/routing.ts";
import { type Message, toolUse } from "../contract/turn.ts";

/**
 * Counts since the run came to its present tier. `errors` by tool and text. `flawedFrom` is where the answers that were no good
 * begin, counted in messages, while the last one was such. `extra` counts turns of the whole run that brought it no further:
 * they are not held against the agent's turn limit.
 */
export type Tally = {
  readonly flaws: Readonly<Record<Exclude<Evidence, "tool">, number>>;
  readonly errors: ReadonlyMap<string, number>;
  readonly flawedFrom: number | undefined;
  readonly extra: number;
};

const NONE = { invalid: 0, cut: 0, verify: 0 } as const;
export const noEvidence: Tally = { flaws: NONE, errors: new Map(), flawedFrom: undefined, extra: 0 };

/** A committed turn as the count sees it: what it appended after the first `before` messages of the conversation. */
export type SeenTurn = {
  readonly before: number;
  readonly messages: readonly Message[];
  readonly flaw?: Evidence | undefined;
  readonly climbed: boolean;
  /** The turn of the classifier is no part of the conversation. */
  readonly step?: "classify" | undefined;
};

const failedResult = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  is_error: z.literal(true),
  content: z.string(),
});

/** Two errors are the same when tool and text are, whatever numbers are in it. */
const SAME_CHARS = 200;
const errorKey = (tool: string, text: string): string => `${tool}: ${text.slice(0, SAME_CHARS).replace(/\d+/g, "#")}`;

/** Names of the tools by the ids of their calls, in one message. */
const namesIn = (message: Message | undefined): Map<string, string> =>
  new Map(
    typeof message?.content === "string"
      ? []
      : message?.content.flatMap((block) => {
          const use = toolUse.safeParse(block).data;
          return use === undefined ? [] : [[use.id, use.name]];
        }),
  );

/** Errors that a message of tool results tells; `asked` is the answer that asked for them. */
export function toolErrors(asked: Message | undefined, results: Message | undefined): readonly string[] {
  if (results?.role !== "user" || typeof results.content === "string") return [];
  // Most results are none: looked at before the parse, for one that fails costs more than one that does not.
  const failed = results.content.flatMap((block) =>
    block.is_error === true ? (failedResult.safeParse(block).data ?? []) : [],
  );
  if (failed.length === 0) return [];
  const names = namesIn(asked);
  return failed.map(({ tool_use_id, content }) => errorKey(names.get(tool_use_id) ?? "", content));
}

/** The counts after `errors` more; the same map when there are none. */
export function withErrors(known: ReadonlyMap<string, number>, errors: readonly string[]): ReadonlyMap<string, number> {
  if (errors.length === 0) return known;
  const counts = new Map(known);
  for (const error of errors) counts.set(error, (counts.get(error) ?? 0) + 1);
  return counts;
}

/** Most times that one error was seen. */
export const worstError = (errors: ReadonlyMap<string, number>): number => Math.max(0, ...errors.values());

/** Where the answer of a turn begins in its messages: before it stand the input or the tool results. */
const answerAt = (messages: readonly Message[]): number => {
  const at = messages.findIndex(({ role }) => role === "assistant");
  return at < 0 ? Math.max(0, messages.length - 1) : at;
};

/** The count after one more committed turn; `asked` is the answer before it. */
export function tallied(tally: Tally, turn: SeenTurn, asked: Message | undefined): Tally {
  if (turn.step === "classify") return { ...tally, extra: tally.extra + 1 };
  if (turn.climbed) return { ...noEvidence, extra: tally.extra + 1 };
  const errors = withErrors(tally.errors, toolErrors(asked, turn.messages[0]));
  const { flaw } = turn;
  if (flaw === undefined || flaw === "tool") return { ...tally, errors, flawedFrom: undefined };
  return {
    flaws: { ...tally.flaws, [flaw]: tally.flaws[flaw] + 1 },
    errors,
    flawedFrom: tally.flawedFrom ?? turn.before + answerAt(turn.messages),
    extra: tally.extra + 1,
  };
}

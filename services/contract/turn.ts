/** What a turn leaves behind: its delta, the records of its tools, and the live text of a watched run. */
import { z } from "zod";
import { booking } from "./costs.ts";
import { runId } from "./ids.ts";
import { climb, evidence } from "./routing.ts";
import { usage } from "./run.ts";

/** Any JSON value. */
export type Json = z.core.util.JSONType;

/** A block of a message as the Messages API sends or takes it; kept byte for byte. */
export const contentBlock = z.looseObject({ type: z.string() });
export type ContentBlock = z.infer<typeof contentBlock>;

export const toolUse = z.looseObject({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
});
export type ToolUse = z.infer<typeof toolUse>;

/** One message of the conversation. */
export const message = z.object({
  role: z.enum(["user", "assistant"]),
  content: z.union([z.string(), z.array(contentBlock)]),
});
export type Message = z.infer<typeof message>;

/**
 * What turn `turn` appended to the conversation: the user's message (the rendered input, or the tool results that the
 * turn before asked for) and the model's answer. Counts only once the head's `turn` is above it; the highest epoch wins.
 */
export const turnDelta = z.object({
  runId,
  turn: z.int().min(1),
  epoch: z.int(),
  messages: z.array(message),
  model: z.string(),
  messageId: z.string(),
  requestId: z.string().optional(),
  stopReason: z.string(),
  usage,
  costMicroUsd: z.int().nonnegative(),
  /** Where the answer came from, unless from a call of its own, and what that call would have cost more. */
  via: z.enum(["memo", "batch"]).optional(),
  savedMicroUsd: z.int().nonnegative().optional(),
  startedAtMs: z.int(),
  endedAtMs: z.int(),
  /** Where it is booked, and what calls in doubt before it may have cost; absent where nobody keeps books. */
  booking: booking.optional(),
  possibleMicroUsd: z.int().positive().optional(),
  /** `classify`: the classifier's turn, which is no part of the conversation. */
  step: z.literal("classify").optional(),
  /** What is wrong with this turn's answer; its last message tells the model. */
  flaw: evidence.optional(),
  /** The run goes on with another model after this turn. */
  climb: climb.optional(),
  /** The run's output, on the turn that finished it. */
  output: z.json().optional(),
});
export type TurnDelta = z.infer<typeof turnDelta>;

/** Record of one `keyed` or `unsafe` tool call: intent before effect. */
export const toolRecord = z.object({
  runId,
  toolUseId: z.string(),
  name: z.string(),
  epoch: z.int(),
  state: z.enum(["INTENT", "DONE"]),
  /** Content of the tool result, when done. */
  result: z.string().optional(),
  isError: z.boolean().optional(),
});
export type ToolRecord = z.infer<typeof toolRecord>;

/** Text of the turn in flight; overwritten at most once a second and only while somebody watches. */
export const liveText = z.object({ runId, turn: z.int(), epoch: z.int(), text: z.string(), atMs: z.int() });
export type LiveText = z.infer<typeof liveText>;

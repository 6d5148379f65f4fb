/** Answers as the API writes them: one JSON message, or the frames of an event stream. */
import type { OutBlock, Play } from "./play.ts";
import { type Usage, wireUsage } from "./usage.ts";

/** Characters of text in one delta when the play does not say how many deltas it wants. */
const CHARS_PER_DELTA = 64;

/** Most deltas of one block. */
export const MAX_DELTAS = 10_000;

/** Most deltas that the length alone asks for. */
const MAX_NATURAL_DELTAS = 64;

interface Envelope {
  readonly id: string;
  readonly model: string;
  /** What context editing did; undefined when the request did not ask for it. */
  readonly edited: object | undefined;
}

function message(envelope: Envelope, content: readonly object[], play: Play | undefined, usage: Usage): object {
  return {
    id: envelope.id,
    type: "message",
    role: "assistant",
    model: envelope.model,
    content,
    container: null,
    diagnostics: null,
    stop_reason: play?.stopReason ?? null,
    stop_sequence: play?.stopSequence ?? null,
    stop_details: null,
    usage: wireUsage(usage),
    ...(envelope.edited === undefined || play === undefined ? {} : { context_management: envelope.edited }),
  };
}

const DIRECT = { type: "direct" };

/** The answer as one JSON document. */
export function jsonMessage(envelope: Envelope, play: Play, usage: Usage): string {
  const content = play.blocks.map((block) =>
    block.type === "text"
      ? { type: "text", text: block.text, citations: null }
      : { type: "tool_use", id: block.id, name: block.name, input: JSON.parse(block.json), caller: DIRECT },
  );
  return JSON.stringify(message(envelope, content, play, usage));
}

/** One server-sent event. */
export function frame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

function deltasOf(block: OutBlock, chunks: number | undefined): number {
  const length = block.type === "text" ? block.text.length : block.json.length;
  const natural = Math.min(MAX_NATURAL_DELTAS, Math.ceil(length / CHARS_PER_DELTA));
  const wanted = block.type === "text" && chunks !== undefined ? Math.min(length, chunks) : natural;
  return Math.max(1, Math.min(MAX_DELTAS, wanted));
}

/** Number of frames of a play's stream: one opens it, one closes it, one for each delta. */
export function frameCount(play: Play): number {
  return play.blocks.reduce((sum, block) => sum + deltasOf(block, play.chunks), 2);
}

function openBlock(block: OutBlock, index: number): string {
  const start =
    block.type === "text"
      ? { type: "text", text: "", citations: null }
      : { type: "tool_use", id: block.id, name: block.name, input: {}, caller: DIRECT };
  return frame("content_block_start", JSON.stringify({ type: "content_block_start", index, content_block: start }));
}

function delta(block: OutBlock, index: number, text: string): string {
  const body =
    block.type === "text"
      ? `{"type":"text_delta","text":${JSON.stringify(text)}}`
      : `{"type":"input_json_delta","partial_json":${JSON.stringify(text)}}`;
  return frame("content_block_delta", `{"type":"content_block_delta","index":${index},"delta":${body}}`);
}

function closing(envelope: Envelope, play: Play, usage: Usage): string {
  const data = {
    type: "message_delta",
    ...(envelope.edited === undefined ? {} : { context_management: envelope.edited }),
    delta: { stop_reason: play.stopReason, stop_sequence: play.stopSequence, stop_details: null, container: null },
    usage: {
      input_tokens: usage.inputTokens,
      cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      cache_read_input_tokens: usage.cacheReadTokens,
      output_tokens: usage.outputTokens,
      output_tokens_details: null,
      server_tool_use: null,
    },
  };
  return frame("message_delta", JSON.stringify(data)) + frame("message_stop", '{"type":"message_stop"}');
}

/**
 * The frames of a stream, made one at a time so that a slow stream holds only its play: first `message_start` and
 * `ping`, then one delta each (with the block's start and stop beside it), last `message_delta` and `message_stop`.
 */
export function* frames(envelope: Envelope, play: Play, usage: Usage): Generator<string, void, void> {
  const start = message(envelope, [], undefined, { ...usage, outputTokens: 1 });
  yield frame("message_start", JSON.stringify({ type: "message_start", message: start })) +
    frame("ping", '{"type":"ping"}');
  for (const [index, block] of play.blocks.entries()) {
    const whole = block.type === "text" ? block.text : block.json;
    const count = deltasOf(block, play.chunks);
    for (let i = 0; i < count; i++) {
      const from = Math.floor((whole.length * i) / count);
      const to = Math.floor((whole.length * (i + 1)) / count);
      let text = delta(block, index, whole.slice(from, to));
      if (i === 0) text = openBlock(block, index) + text;
      if (i === count - 1) text += frame("content_block_stop", `{"type":"content_block_stop","index":${index}}`);
      yield text;
    }
  }
  yield closing(envelope, play, usage);
}

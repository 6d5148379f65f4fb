/** Puts the events of one stream together: content blocks, usage, stop reason. No I/O. */
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { noUsage, type Usage } from "../../contract/run.ts";
import { type ContentBlock, contentBlock } from "../../contract/turn.ts";

type Counts = {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cache_creation?: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number } | null;
};

/** Later counts win; a count that is missing keeps what was known. */
function merge(known: Usage, counts: Counts): Usage {
  const written = counts.cache_creation_input_tokens ?? undefined;
  return {
    inputTokens: counts.input_tokens ?? known.inputTokens,
    outputTokens: counts.output_tokens ?? known.outputTokens,
    cacheWrite5mTokens: counts.cache_creation?.ephemeral_5m_input_tokens ?? written ?? known.cacheWrite5mTokens,
    cacheWrite1hTokens: counts.cache_creation?.ephemeral_1h_input_tokens ?? known.cacheWrite1hTokens,
    cacheReadTokens: counts.cache_read_input_tokens ?? known.cacheReadTokens,
  };
}

type Open = { readonly block: ContentBlock; text: string };
type Delta = { readonly field: string; readonly text: string } | undefined;

function closed(open: Open): ContentBlock {
  if (open.block.type === "tool_use") return { ...open.block, input: JSON.parse(open.text === "" ? "{}" : open.text) };
  if (open.block.type === "text") return { ...open.block, text: open.text };
  if (open.block.type === "thinking") return { ...open.block, thinking: open.text };
  return open.block;
}

function deltaOf(event: RawMessageStreamEvent): Delta {
  if (event.type !== "content_block_delta") return undefined;
  if (event.delta.type === "text_delta") return { field: "text", text: event.delta.text };
  if (event.delta.type === "input_json_delta") return { field: "input", text: event.delta.partial_json };
  if (event.delta.type === "thinking_delta") return { field: "thinking", text: event.delta.thinking };
  return undefined;
}

/** State of one answer while it streams. `take` gives the piece of visible text that the event brought, or "". */
export class Accumulator {
  readonly #blocks: Open[] = [];
  messageId = "";
  model = "";
  usage: Usage = noUsage;
  stopReason: string | undefined;
  /** True after `message_stop`: a stream that ends before it was cut. */
  complete = false;

  take(event: RawMessageStreamEvent): string {
    if (event.type === "message_start") {
      this.messageId = event.message.id;
      this.model = event.message.model;
      this.usage = merge(this.usage, event.message.usage);
    } else if (event.type === "content_block_start") {
      this.#blocks[event.index] = { block: contentBlock.parse(event.content_block), text: "" };
    } else if (event.type === "message_delta") {
      this.usage = merge(this.usage, event.usage);
      this.stopReason = event.delta.stop_reason ?? undefined;
    } else if (event.type === "message_stop") this.complete = true;
    return this.#append(event);
  }

  #append(event: RawMessageStreamEvent): string {
    if (event.type !== "content_block_delta") return "";
    const open = this.#blocks[event.index];
    if (open === undefined) return "";
    if (event.delta.type === "signature_delta") {
      this.#blocks[event.index] = { ...open, block: { ...open.block, signature: event.delta.signature } };
    }
    const delta = deltaOf(event);
    if (delta === undefined) return "";
    open.text += delta.text;
    return delta.field === "text" ? delta.text : "";
  }

  content(): ContentBlock[] {
    return this.#blocks.map(closed);
  }
}

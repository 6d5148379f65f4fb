/** Puts the events of one stream together: content blocks, usage, stop reason. No I/O. */
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { z } from "zod";
import { noUsage, type Usage } from "../../contract/run.ts";
import { type ContentBlock, contentBlock } from "../../contract/turn.ts";

type Counts = {
  input_tokens?: number | null | undefined;
  output_tokens?: number | null | undefined;
  cache_creation_input_tokens?: number | null | undefined;
  cache_read_input_tokens?: number | null | undefined;
  cache_creation?: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number } | null | undefined;
};

const countsOf = z.looseObject({
  input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  cache_creation: z.object({ ephemeral_5m_input_tokens: z.number(), ephemeral_1h_input_tokens: z.number() }).nullish(),
});

/** Fields that the API adds while beta features are in use; the SDK's plain types do not have them. */
const betaDelta = z.looseObject({
  usage: z.looseObject({ iterations: z.array(countsOf).nullish() }).nullish(),
  context_management: z
    .looseObject({ applied_edits: z.array(z.looseObject({ cleared_input_tokens: z.number().optional() })) })
    .nullish(),
});

/**
 * What all parts of one answer were billed for. The top-level counts leave out what the API did besides the answer itself, such
 * as compacting the history: that is in the iterations only.
 */
const sumOf = (iterations: readonly Counts[]): Usage =>
  iterations
    .map((one) => merge(noUsage, one))
    .reduce(
      (sum, one) => ({
        inputTokens: sum.inputTokens + one.inputTokens,
        outputTokens: sum.outputTokens + one.outputTokens,
        cacheWrite5mTokens: sum.cacheWrite5mTokens + one.cacheWrite5mTokens,
        cacheWrite1hTokens: sum.cacheWrite1hTokens + one.cacheWrite1hTokens,
        cacheReadTokens: sum.cacheReadTokens + one.cacheReadTokens,
      }),
      noUsage,
    );

/**
 * Later counts win; a count that is missing keeps what was known. The end of a stream gives what was written to the cache as one
 * sum, without the lives: what is known of the longer one is part of it.
 */
function merge(known: Usage, counts: Counts): Usage {
  const written = counts.cache_creation_input_tokens ?? undefined;
  const hour = counts.cache_creation?.ephemeral_1h_input_tokens ?? known.cacheWrite1hTokens;
  const rest = written === undefined ? known.cacheWrite5mTokens : Math.max(0, written - hour);
  return {
    inputTokens: counts.input_tokens ?? known.inputTokens,
    outputTokens: counts.output_tokens ?? known.outputTokens,
    cacheWrite5mTokens: counts.cache_creation?.ephemeral_5m_input_tokens ?? rest,
    cacheWrite1hTokens: hour,
    cacheReadTokens: counts.cache_read_input_tokens ?? known.cacheReadTokens,
  };
}

type Open = { readonly block: ContentBlock; text: string };
type Delta = { readonly field: string; readonly text: string } | undefined;

function isCutCall({ block, text }: Open): boolean {
  if (block.type !== "tool_use" || text === "") return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

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
  /** Tokens that the API cleared from the history before the model saw it. */
  clearedTokens: number | undefined;
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
      this.#settle(event);
      this.stopReason = event.delta.stop_reason ?? undefined;
    } else if (event.type === "message_stop") this.complete = true;
    return this.#append(event);
  }

  #settle(event: Extract<RawMessageStreamEvent, { type: "message_delta" }>): void {
    this.usage = merge(this.usage, event.usage);
    const beta = betaDelta.safeParse(event);
    if (!beta.success) return;
    const { usage, context_management: edited } = beta.data;
    if (usage?.iterations?.length) this.usage = sumOf(usage.iterations);
    if (edited)
      this.clearedTokens = edited.applied_edits.reduce((sum, one) => sum + (one.cleared_input_tokens ?? 0), 0);
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

  /** The blocks; a tool call that `max_tokens` cut in its arguments is none. Throws when arguments are broken otherwise. */
  content(): ContentBlock[] {
    const cut = this.stopReason === "max_tokens";
    return this.#blocks.filter((open) => !(cut && isCutCall(open))).map(closed);
  }
}

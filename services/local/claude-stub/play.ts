/** What the stub answers: a draft made by a play, finished into content blocks under the request's limits. */
import type { Json } from "./narrow.ts";
import { letters, type Random } from "./random.ts";
import type { MessagesRequest } from "./request.ts";
import { CHARS_PER_TOKEN, tokensOfChars } from "./tokens.ts";

/** One thing that the played model says or asks for. */
export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "call"; readonly tool: string; readonly input: Json };

/** What a play wants to answer, before ids, stop sequences and `max_tokens`. */
export interface Draft {
  readonly parts: readonly Part[];
  /** Text deltas of a stream; undefined lets the length decide. */
  readonly chunks?: number;
  /** Milliseconds from arrival to the last event; undefined draws from the configured latency. */
  readonly totalMs?: number;
  /** Output tokens to report instead of those counted from the text. */
  readonly outputTokens?: number;
  /** Least input tokens to report. */
  readonly inputTokens?: number;
  /** Stop reason to report instead of the natural one. */
  readonly stopReason?: string;
}

/** A content block of an answer. */
export type OutBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly json: string };

/** A finished answer. */
export interface Play {
  readonly blocks: readonly OutBlock[];
  readonly stopReason: string;
  readonly stopSequence: string | null;
  readonly outputTokens: number;
  readonly chunks: number | undefined;
  readonly totalMs: number | undefined;
  readonly inputTokens: number;
}

/** Tokens that a tool call costs beside its input. */
const CALL_OVERHEAD_TOKENS = 12;

function cutAtStop(text: string, stops: readonly string[]): { text: string; stop: string | null } {
  let at = text.length;
  let stop: string | null = null;
  for (const candidate of stops) {
    const found = text.indexOf(candidate);
    if (found >= 0 && found < at) {
      at = found;
      stop = candidate;
    }
  }
  return { text: text.slice(0, at), stop };
}

/** Finishes a draft: gives tool calls their ids and cuts at stop sequences and `max_tokens`. */
export function finish(draft: Draft, request: MessagesRequest, random: Random): Play {
  const blocks: OutBlock[] = [];
  let tokens = 0;
  let stopReason = "end_turn";
  let stopSequence: string | null = null;
  for (const part of draft.parts) {
    const left = request.maxTokens - tokens;
    if (part.kind === "call") {
      const json = JSON.stringify(part.input);
      const cost = tokensOfChars(json.length + part.tool.length) + CALL_OVERHEAD_TOKENS;
      if (cost > left) {
        stopReason = "max_tokens";
        break;
      }
      blocks.push({ type: "tool_use", id: `toolu_${letters(random, 24)}`, name: part.tool, json });
      tokens += cost;
      stopReason = "tool_use";
      continue;
    }
    const { text, stop } = cutAtStop(part.text, request.stopSequences);
    const fits = text.slice(0, left * CHARS_PER_TOKEN);
    if (fits.length > 0) blocks.push({ type: "text", text: fits });
    tokens += fits.length === 0 ? 0 : tokensOfChars(fits.length);
    if (fits.length < text.length) stopReason = "max_tokens";
    else if (stop !== null) stopReason = "stop_sequence";
    else continue;
    stopSequence = stopReason === "stop_sequence" ? stop : null;
    break;
  }
  return {
    blocks,
    stopReason: draft.stopReason ?? stopReason,
    stopSequence,
    outputTokens: Math.min(request.maxTokens, draft.outputTokens ?? Math.max(1, tokens)),
    chunks: draft.chunks,
    totalMs: draft.totalMs,
    inputTokens: draft.inputTokens ?? 0,
  };
}

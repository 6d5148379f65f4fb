/**
 * Context editing (`clear_tool_uses_20250919`): old tool results are cleared before the model sees them. The API keeps no state
 * between calls, so each one clears anew from the whole history that it was sent: what was cleared once stays cleared, and a turn
 * later one result more is. The prompt changes from the first newly cleared result on, and so does its cache key.
 */
import type { Block } from "./blocks.ts";
import type { Message } from "./message.ts";
import { arrayAt, isObject, objectAt } from "./narrow.ts";
import { invalid } from "./refusal.ts";
import { tokensOfChars } from "./tokens.ts";

/** Beta that a request with `context_management` has to name. */
export const CLEARING_BETA = "context-management-2025-06-27";

/** One edit, with the API's own defaults filled in. */
export type ClearToolUses = {
  readonly triggerTokens: number;
  readonly keep: number;
  readonly atLeastTokens: number;
};

/** What an edit did, as an answer tells it. */
export type Cleared = { readonly toolUses: number; readonly tokens: number };

const PLACEHOLDER = "[Old tool result content cleared]";

const DEFAULTS = { triggerTokens: 100_000, keep: 3, atLeastTokens: 0 } as const;

function valueAt(value: unknown, type: string, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const raw = objectAt(value, field);
  if (raw.type !== type) throw invalid(`${field}.type`, `Input should be '${type}'`);
  if (typeof raw.value !== "number" || !Number.isInteger(raw.value) || raw.value < 0) {
    throw invalid(`${field}.value`, "Input should be a valid integer");
  }
  return raw.value;
}

/** Reads `context_management`; undefined when there is none. */
export function parseClearing(value: unknown): ClearToolUses | undefined {
  if (value === undefined || value === null) return undefined;
  const [edit, more] = arrayAt(objectAt(value, "context_management").edits, "context_management.edits");
  if (edit === undefined) return undefined;
  const field = "context_management.edits.0";
  if (more !== undefined || !isObject(edit) || edit.type !== "clear_tool_uses_20250919") {
    throw invalid(field, "this stub knows a single edit, of type 'clear_tool_uses_20250919'");
  }
  return {
    triggerTokens: valueAt(edit.trigger, "input_tokens", `${field}.trigger`) ?? DEFAULTS.triggerTokens,
    keep: valueAt(edit.keep, "tool_uses", `${field}.keep`) ?? DEFAULTS.keep,
    atLeastTokens: valueAt(edit.clear_at_least, "input_tokens", `${field}.clear_at_least`) ?? DEFAULTS.atLeastTokens,
  };
}

const cleared = (block: Block): Block => ({ ...block, text: PLACEHOLDER, tokens: tokensOfChars(PLACEHOLDER.length) });

/** The history as the model sees it. `promptTokens` is the whole prompt as it was sent. */
export function clearToolUses(
  messages: readonly Message[],
  edit: ClearToolUses,
  promptTokens: number,
): { readonly messages: readonly Message[]; readonly cleared: Cleared } {
  const none = { messages, cleared: { toolUses: 0, tokens: 0 } };
  if (promptTokens <= edit.triggerTokens) return none;
  const results = messages.flatMap(({ blocks }) => blocks.filter(({ type }) => type === "tool_result"));
  const old = new Set(results.slice(0, Math.max(0, results.length - edit.keep)));
  const tokens = [...old].reduce((sum, block) => sum + block.tokens - cleared(block).tokens, 0);
  if (tokens <= 0 || tokens < edit.atLeastTokens) return none;
  return {
    messages: messages.map(({ role, blocks }) => ({
      role,
      blocks: blocks.map((block) => (old.has(block) ? cleared(block) : block)),
    })),
    cleared: { toolUses: old.size, tokens },
  };
}

/** The `context_management` of an answer; undefined when the request asked for none. */
export const wireCleared = (done: Cleared | undefined): object | undefined =>
  done === undefined
    ? undefined
    : {
        applied_edits:
          done.toolUses === 0
            ? []
            : [
                {
                  type: "clear_tool_uses_20250919",
                  cleared_tool_uses: done.toolUses,
                  cleared_input_tokens: done.tokens,
                },
              ],
      };

/** Which calls have the same answer, and what a run does about one that may be remembered. Pure. */
import type { TenantId } from "../contract/ids.ts";
import type { MemoEntry, MemoKey } from "../contract/memo.ts";
import type { Message } from "../contract/turn.ts";
import type { AgentSpec } from "./agent.ts";
import { canonicalJson, sha256 } from "./digest.ts";

/** Grows when the way in which requests are made of these parts changes. */
const FORMAT = 1;
/** Of the Messages API, and ours: another one may answer in another way. */
const API_VERSION = "2023-06-01";

/**
 * The key of a call; undefined when its agent is not marked. Everything that the answer may depend on is in it: a difference of
 * one character is another call. What does not change an answer is not: ids, marks for the prompt cache, budgets.
 */
export function memoKeyOf(tenant: TenantId, spec: AgentSpec, messages: readonly Message[]): MemoKey | undefined {
  if (spec.memo === undefined) return undefined;
  const { name, model, maxTokens, system, tools, outputSchema, memo } = spec;
  const call = {
    ...{ format: FORMAT, api: API_VERSION, agent: name, version: memo.version },
    ...{ model, maxTokens, system, tools, outputSchema: outputSchema ?? null, messages },
  };
  return { tenant, call: sha256(canonicalJson(call)) };
}

/** What a run does that found an entry. `lead`: make the call for all. `alone`: make it for itself. */
export type MemoStep =
  | { readonly kind: "use"; readonly entry: Extract<MemoEntry, { kind: "answer" | "content" }> }
  | { readonly kind: "lead" }
  | { readonly kind: "alone" }
  | { readonly kind: "wait" };

/** An entry whose time is over counts as absent: of an answer, and of a leader that died. */
export function memoStep(entry: MemoEntry | undefined, nowMs: number): MemoStep {
  if (entry === undefined || entry.untilMs <= nowMs) return { kind: "lead" };
  if (entry.kind === "pending") return { kind: "wait" };
  return entry.kind === "unkept" ? { kind: "alone" } : { kind: "use", entry };
}

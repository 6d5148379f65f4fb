import type { ModelFailureCode } from "../contract/failures.ts";
import type { RunId } from "../contract/ids.ts";
import type { Amounts, RateControl } from "../contract/rate.ts";
import type { Usage } from "../contract/run.ts";
import type { ContentBlock, Json, Message } from "../contract/turn.ts";
import type { CachePlan } from "../core/cache-plan.ts";
import type { Clearing } from "../core/clearing.ts";

/** One call. System, tools and earlier messages are byte-stable over the turns of a run, so that prompt caching works. */
export type ModelRequest = {
  readonly runId: RunId;
  readonly turn: number;
  readonly model: string;
  /** Where it is called; absent: on the deployment's own platform. */
  readonly platform?: string | undefined;
  readonly maxTokens: number;
  readonly system: string;
  readonly tools: readonly { readonly name: string; readonly description: string; readonly input_schema: Json }[];
  readonly outputSchema?: Json | undefined;
  readonly messages: readonly Message[];
  /** Marks for the prompt cache; absent: none. */
  readonly cache?: CachePlan | undefined;
  /** Asks the API to clear old tool results of a long history; absent: it clears nothing. */
  readonly clearing?: Clearing | undefined;
};

/** A finished message and what it cost in tokens. */
export type ModelAnswer = {
  readonly kind: "answer";
  readonly model: string;
  readonly messageId: string;
  readonly requestId: string | undefined;
  readonly content: readonly ContentBlock[];
  readonly stopReason: string;
  readonly usage: Usage;
  /** Name in the price table, where it is not the model's: other platforms have prices of their own. */
  readonly pricedAs?: string | undefined;
  /** Tokens of the prompt that the API cleared before the model saw it; absent: none. They are not in `usage`. */
  readonly clearedTokens?: number | undefined;
};

/** `billed` is "maybe" once the request was sent and may have generated tokens. */
export type ModelFailure = {
  readonly kind: "failed";
  readonly code: ModelFailureCode;
  readonly message: string;
  readonly retryAfterMs?: number;
  /** The limit was met because traffic rose too steeply: begin the ramp again. */
  readonly ramp?: true;
  readonly billed: "no" | "maybe";
};

/** What the server's headers say of this class: its limits, and whole requests and tokens that are left; absent where silent. */
export type RatesSaid = { readonly limits: RateControl["server"]; readonly left: Readonly<Partial<Amounts>> };

/**
 * What a call may do besides answering. `onText` gets each piece of text as it streams; `onRates` what the headers say, as soon
 * as they come.
 */
export type ModelCallOptions = {
  readonly signal: AbortSignal;
  readonly idleMs: number;
  onRates?(said: RatesSaid): void;
  onBegin?(): void;
  onText?(text: string): void;
};

/** The Messages API, streamed, one HTTP request a call: it never retries by itself. */
export interface Model {
  call(request: ModelRequest, options: ModelCallOptions): Promise<ModelAnswer | ModelFailure>;
}

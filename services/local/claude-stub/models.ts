/** The models that the stub knows and the rules that differ between them. */

/** What the stub needs to know of one model. */
export interface ModelRules {
  /** Models of one class share one set of token buckets. */
  readonly modelClass: string;
  /** Shortest prefix that is cached, in tokens; a shorter one is silently not cached. */
  readonly minCacheTokens: number;
  /** False where `tool_choice` of type `any` or `tool` is refused. */
  readonly forcedToolChoice: boolean;
  /** Largest `max_tokens`. */
  readonly maxOutputTokens: number;
}

const rules = (modelClass: string, minCacheTokens: number, forcedToolChoice: boolean): ModelRules => ({
  modelClass,
  minCacheTokens,
  forcedToolChoice,
  maxOutputTokens: 128_000,
});

const MODELS: ReadonlyMap<string, ModelRules> = new Map([
  ["claude-haiku-5-5", rules("haiku-5-5", 512, true)],
  ["claude-sonnet-5-5", rules("sonnet-5-5", 512, false)],
  ["claude-opus-5-5", rules("opus-5-5", 512, false)],
  ["claude-fable-5-1", rules("fable-5", 512, false)],
  ["claude-fable-5-2", rules("fable-5", 512, false)],
  ["claude-sonnet-5", rules("sonnet-5", 1_024, true)],
  ["claude-opus-5", rules("opus-5", 512, true)],
  ["claude-opus-4-8", rules("opus-4", 1_024, true)],
  ["claude-opus-4-7", rules("opus-4", 4_096, true)],
  ["claude-opus-4-6", rules("opus-4", 4_096, true)],
  ["claude-opus-4-5", rules("opus-4", 4_096, true)],
  ["claude-sonnet-4-6", rules("sonnet-4", 1_024, true)],
  ["claude-sonnet-4-5", rules("sonnet-4", 1_024, true)],
  ["claude-haiku-4-5", rules("haiku-4-5", 4_096, true)],
]);

/** Ids of all models, newest first. */
export const MODEL_IDS: readonly string[] = [...MODELS.keys()];

/** Rules of a model, or undefined for one that does not exist. */
export function rulesOf(model: string): ModelRules | undefined {
  return MODELS.get(model);
}

/** Which model a run uses, and why: what is frozen with its agent, and what its head and its turns say of it. */
import { z } from "zod";
import { type ModelClass, modelClass, modelOfClass, prices } from "./models.ts";

/**
 * What speaks against a model: an output that does not fit the schema, an answer cut at `max_tokens`, the same error of a tool
 * again and again, a `verify` function that said no.
 */
export const evidence = z.enum(["invalid", "cut", "tool", "verify"]);
export type Evidence = z.infer<typeof evidence>;

/** What decided about the first model; `judging` until the classifier has answered (docs/routing.md has the table). */
export const startRule = z.enum([
  "agent",
  "submit",
  "plan",
  "budget",
  "deadline",
  "input",
  "tools",
  "small",
  "default",
  "judging",
  "judged",
]);
export type StartRule = z.infer<typeof startRule>;

/** A step of the ladder: the class that it stands for, where it stands for one, and its model. */
export const tier = z.object({ class: modelClass.optional(), model: z.string() });
export type Tier = z.infer<typeof tier>;

/**
 * The ladder of a run, frozen with its agent: models in ascending order. Evidence lifts a run as far as `tiers[top]`. With
 * `classify` the first turn asks that model which class the task is.
 */
export const ladder = z.object({ tiers: z.array(tier).min(1), top: z.int(), classify: z.string().optional() });
export type Ladder = z.infer<typeof ladder>;

/**
 * A run was lifted to the next tier after this turn: its conversation goes on from the first `keep` messages, without the
 * reasoning of the model before, and with `note` at its end.
 */
export const climb = z.object({
  from: z.string(),
  to: z.string(),
  evidence,
  because: z.string(),
  keep: z.int().nonnegative(),
  note: z.string().optional(),
});
export type Climb = z.infer<typeof climb>;

/** The route of a head: the rule that chose the first model, then `>turn evidence` for each climb, such as `agent>2invalid`. */
export const routeText = z.string().regex(/^[a-z]+(>\d+[a-z]+)*$/);

/** Classes that mean another model than `modelOfClass` says, in one deployment: `{"standard":"claude-opus-5-5"}`. */
export const classModels = z
  .partialRecord(
    modelClass,
    z.string().refine((id) => Object.hasOwn(prices, id), "has no known price"),
  )
  .transform((given) => ({ ...modelOfClass, ...given }));

/** Highest class of each tenant, `*` for all others: `{"*":"standard","acme":"hard"}`. */
export const tenantPlans = z.record(z.string(), modelClass);

/** How one deployment routes. */
export type RoutingSettings = {
  readonly models: Readonly<Record<ModelClass, string>>;
  readonly plans: Readonly<Record<string, ModelClass>>;
};
export const usualRouting: RoutingSettings = { models: modelOfClass, plans: {} };

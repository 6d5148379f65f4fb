/** Which model a run starts on. Pure: facts that are known when it is submitted, one table of rules, and the reasons. */
import { limits } from "../contract/limits.ts";
import { type ModelClass, modelClass } from "../contract/models.ts";
import type { Ladder, StartRule, Tier } from "../contract/routing.ts";

/** A class, or a model by its id. */
export type NamedModel = ModelClass | { readonly id: string };

/** What an agent says of its model: which, or who chooses it for each run. */
export type ModelWish = NamedModel | { readonly route: "rules" | "classify" };

/** Which model a class means, in this deployment. */
export type ClassModels = Readonly<Record<ModelClass, string>>;

/** What is known of a run before its first call. `worstMicroUsd` is the most that one first call on a model can cost. */
export type RouteFacts = {
  readonly wish: ModelWish;
  /** What the submit asked for, already allowed. */
  readonly asked: NamedModel | undefined;
  readonly escalateTo: ModelClass | undefined;
  /** Highest class of the tenant's plan. */
  readonly planMax: ModelClass | undefined;
  readonly promptTokens: number;
  readonly tools: number;
  readonly unsafeTools: number;
  readonly structured: boolean;
  readonly turnsMax: number;
  readonly budgetMicroUsd: number;
  readonly deadlineMs: number;
  worstMicroUsd(model: string): number | undefined;
};

/** A ladder with the model to begin on, the rule that decided, and why in words. */
export type Start = {
  readonly model: string;
  readonly ladder: Ladder;
  readonly rule: StartRule;
  readonly because: string;
};

const CLASSES = modelClass.options;
const rank = (of: ModelClass): number => CLASSES.indexOf(of);

type Ruling = { readonly class: ModelClass; readonly rule: StartRule; readonly because: string };
type Rule = (facts: RouteFacts) => Ruling | undefined;

const rule =
  (name: StartRule, to: ModelClass, when: (facts: RouteFacts) => string | undefined): Rule =>
  (facts) => {
    const because = when(facts);
    return because === undefined ? undefined : { class: to, rule: name, because };
  };

/** For agents that name no model: the first rule that speaks decides. */
export const rules: readonly Rule[] = [
  rule("deadline", "simple", ({ deadlineMs }) =>
    deadlineMs <= limits.routeHurryMs ? `the run has ${deadlineMs} ms: the fastest class` : undefined,
  ),
  rule("input", "standard", ({ promptTokens }) =>
    promptTokens > limits.routeLongTokens ? `a prompt of up to ${promptTokens} tokens is long` : undefined,
  ),
  rule("tools", "standard", ({ tools, unsafeTools }) => {
    if (unsafeTools > 0) return `${unsafeTools} of its tools must not run twice: a mistake stays`;
    return tools > limits.routeToolsMany ? `it chooses among ${tools} tools` : undefined;
  }),
  rule("small", "simple", ({ tools, structured, promptTokens }) =>
    tools === 0 && structured && promptTokens <= limits.routeShortTokens
      ? `a short prompt (up to ${promptTokens} tokens), no tools, and a schema that checks the answer`
      : undefined,
  ),
];

/** The highest class, not above `ruling`, whose first calls the budget pays: a few of them, for a run is seldom one call. */
function withinBudget(ruling: Ruling, facts: RouteFacts, models: ClassModels): Ruling {
  const calls = Math.min(limits.routeCallsLeast, facts.turnsMax);
  const pays = (of: ModelClass) => {
    const worst = facts.worstMicroUsd(models[of]);
    return worst !== undefined && worst * calls <= facts.budgetMicroUsd;
  };
  const best = CLASSES.slice(0, rank(ruling.class) + 1).findLast(pays) ?? "simple";
  if (best === ruling.class) return ruling;
  const because = `the budget of ${facts.budgetMicroUsd} micro-USD does not cover ${calls} calls of class ${ruling.class}`;
  return { class: best, rule: "budget", because };
}

const withinPlan = (ruling: Ruling, { planMax }: RouteFacts): Ruling =>
  planMax === undefined || rank(ruling.class) <= rank(planMax)
    ? ruling
    : { class: planMax, rule: "plan", because: `the tenant's plan ends at class ${planMax}` };

/** What is named wins over the rules; a plan lowers a class that the agent names, for the agent is the same for all tenants. */
function ruled(facts: RouteFacts, models: ClassModels): Ruling {
  const { wish, asked } = facts;
  if (typeof asked === "string") return { class: asked, rule: "submit", because: `the submit asks for class ${asked}` };
  if (typeof wish === "string")
    return withinPlan({ class: wish, rule: "agent", because: `the agent asks for class ${wish}` }, facts);
  const spoken = rules.map((one) => one(facts)).find((ruling) => ruling !== undefined);
  const silent: Ruling = { class: "standard", rule: "default", because: "no rule speaks: the usual class" };
  return withinBudget(withinPlan(spoken ?? silent, facts), facts, models);
}

/** Tiers of the classes from `from` up to the highest that may be reached; a model stands once, for its lowest class. */
function tiersOf(from: ModelClass, to: ModelClass, models: ClassModels): readonly Tier[] {
  const tiers = CLASSES.slice(rank(from), rank(to) + 1).map((one) => ({ class: one, model: models[one] }));
  return tiers.filter(({ model }, i) => tiers.findIndex((tier) => tier.model === model) === i);
}

const lower = (a: ModelClass, b: ModelClass | undefined): ModelClass => (b === undefined || rank(a) <= rank(b) ? a : b);

const fixed = (id: string, name: StartRule, because: string): Start => ({
  model: id,
  ladder: { tiers: [{ model: id }], top: 0 },
  rule: name,
  because,
});

/** The ladder that the classifier chooses on; evidence may then lift the run as far as the agent allows. */
function judged({ escalateTo, planMax }: RouteFacts, models: ClassModels, because: string): Start {
  const tiers = tiersOf("simple", lower("hard", planMax), models);
  const top =
    escalateTo === undefined ? -1 : tiers.findLastIndex((one) => rank(one.class ?? "simple") <= rank(escalateTo));
  const classify = models.simple;
  return { model: classify, ladder: { tiers: [...tiers], top, classify }, rule: "judging", because };
}

/**
 * Chooses the first model and the ladder above it. The same facts give the same answer. A model that is named by its id has no
 * ladder: whoever names it wants that one.
 */
export function chooseStart(facts: RouteFacts, models: ClassModels): Start {
  const { wish, asked, planMax, escalateTo } = facts;
  if (typeof asked === "object") return fixed(asked.id, "submit", `the submit asks for ${asked.id}`);
  if (asked === undefined && typeof wish === "object" && "id" in wish)
    return fixed(wish.id, "agent", `the agent asks for ${wish.id}`);
  const ruling = ruled(facts, models);
  if (ruling.rule === "default" && typeof wish === "object" && "route" in wish && wish.route === "classify")
    return judged(facts, models, "no rule speaks: a classifier is asked");
  const top = lower(escalateTo ?? ruling.class, planMax);
  const tiers = tiersOf(ruling.class, rank(top) < rank(ruling.class) ? ruling.class : top, models);
  return {
    model: models[ruling.class],
    ladder: { tiers: [...tiers], top: tiers.length - 1 },
    rule: ruling.rule,
    because: ruling.because,
  };
}

/** The model that a submitted run begins on, or why what it asks for is refused. Pure. */
import type { SubmitRun } from "../contract/http.ts";
import { limits } from "../contract/limits.ts";
import { type ModelClass, modelClass, prices } from "../contract/models.ts";
import type { RoutingSettings } from "../contract/routing.ts";
import type { Agent } from "../core/agent.ts";
import { tokensAtMost, worstCost } from "../core/cost.ts";
import { type ClassModels, chooseStart, type NamedModel, type Start } from "../core/routing.ts";
import type { ProblemCode } from "./problem.ts";

/** Whose run it is, its agent, and the bytes of its first prompt. */
export type Choice = {
  readonly run: SubmitRun;
  readonly agent: Agent;
  readonly promptBytes: number;
  readonly planMax: ModelClass | undefined;
  readonly models: ClassModels;
};

type Refused = { readonly kind: "refused"; readonly code: ProblemCode; readonly message: string };
type Asked = { readonly kind: "asked"; readonly named: NamedModel | undefined };

const refused = (code: ProblemCode, message: string): Refused => ({ kind: "refused", code, message });

const nameOf = (named: NamedModel): string => (typeof named === "string" ? named : named.id);

/** What a submit may ask for: what the agent says; every class where the rules choose; what the agent names itself. */
export function allowedModels({ model, models }: Pick<Agent, "model" | "models">): readonly string[] {
  const own = typeof model === "object" && "route" in model ? modelClass.options : [model];
  return [...new Set([...own, ...(models ?? [])].map(nameOf))];
}

/** A class by its name, any other text a model by its id. */
function asked({ run, agent, planMax, models }: Choice): Asked | Refused {
  if (run.model === undefined) return { kind: "asked", named: undefined };
  const named = modelClass.safeParse(run.model).data ?? { id: run.model };
  const name = nameOf(named);
  const id = typeof named === "string" ? models[named] : named.id;
  if (!Object.hasOwn(prices, id))
    return refused("unknown-model", `${name} is no class and no model with a known price`);
  const may = allowedModels(agent);
  if (!may.includes(name)) return refused("model-not-allowed", `${run.agent} allows ${may.join(", ")}, not ${name}`);
  if (planMax === undefined) return { kind: "asked", named };
  const top = modelClass.options.indexOf(planMax);
  const inPlan = modelClass.options.slice(0, top + 1).some((one) => one === name || models[one] === id);
  return inPlan
    ? { kind: "asked", named }
    : refused("model-not-allowed", `this tenant's plan ends at class ${planMax}`);
}

/** Decides; the same run of the same tenant gets the same answer. */
export function chooseModel(choice: Choice): { readonly kind: "chosen"; readonly start: Start } | Refused {
  const { run, agent, promptBytes, planMax, models } = choice;
  const wanted = asked(choice);
  if (wanted.kind === "refused") return wanted;
  const promptTokens = tokensAtMost(promptBytes);
  const start = chooseStart(
    {
      wish: agent.model,
      asked: wanted.named,
      escalateTo: agent.escalateTo,
      planMax,
      promptTokens,
      tools: agent.tools.length,
      unsafeTools: agent.tools.filter(({ replay }) => replay === "unsafe").length,
      structured: agent.output !== undefined,
      turnsMax: agent.turnsMax,
      budgetMicroUsd: run.budgetMicroUsd ?? limits.budgetDefaultMicroUsd,
      deadlineMs: run.deadlineMs ?? limits.deadlineDefaultMs,
      worstMicroUsd: (model) => {
        const worst = worstCost(model, promptTokens, agent.maxTokens);
        return worst.kind === "priced" ? worst.microUsd : undefined;
      },
    },
    models,
  );
  return { kind: "chosen", start };
}

/** The highest class of a tenant; undefined: all. */
export const planOf = ({ plans }: RoutingSettings, tenant: string): ModelClass | undefined =>
  Object.hasOwn(plans, tenant) ? plans[tenant] : plans["*"];

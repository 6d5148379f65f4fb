/** What becomes of the runs of a submit: all of them planned, or every mistake told. Pure; nothing is stored here. */
import type { SubmitRun } from "../contract/http.ts";
import type { Digest } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { ModelClass } from "../contract/models.ts";
import type { AgentSpec } from "../core/agent.ts";
import { classifierOf, classifyPrompt } from "../core/classify.ts";
import { type Priced, tokensAtMost, worstCost } from "../core/cost.ts";
import { canonicalJson, sha256 } from "../core/digest.ts";
import type { ClassModels } from "../core/routing.ts";
import { chooseModel } from "./choose-model.ts";
import type { FrozenAgent, FrozenAgents } from "./frozen-agents.ts";
import { fieldOf, mistakesIn } from "./mistakes.ts";
import { type Mistake, type ProblemCode, type Refusal, refuse } from "./problem.ts";

/** A text and its digest. */
export type Text = { readonly digest: Digest; readonly text: string };

/** A run that can be stored. `input` is the checked input with the first message rendered from it (`runInput`). */
export type PlannedRun = {
  readonly request: SubmitRun;
  readonly body: Digest;
  readonly spec: Text;
  readonly input: Text;
  readonly timeoutMs: number;
  readonly nextMicroUsd: number;
  /** The model that it begins on, and the rule that chose it. */
  readonly model: string;
  readonly route: string;
};

/** What runs are planned with: the agents, the models of the classes, and the highest class of the tenant. */
export type Planning = {
  readonly agents: FrozenAgents;
  readonly models: ClassModels;
  readonly planMax: ModelClass | undefined;
};

/** A run, where it stands in the request, and of how many runs the request is. */
type Place = { readonly run: SubmitRun; readonly path: readonly PropertyKey[]; readonly of: number };
type Planned = { readonly kind: "planned"; readonly run: PlannedRun };
type Mistaken = { readonly kind: "mistaken"; readonly code: ProblemCode; readonly mistakes: readonly Mistake[] };

const mistaken = (code: ProblemCode, field: string, message: string): Mistaken => ({
  kind: "mistaken",
  code,
  mistakes: [{ field, message }],
});

const textOf = (value: unknown): Text => {
  const text = canonicalJson(value);
  return { digest: sha256(text), text };
};

type Opening = { readonly prompt: string; readonly shared?: string };

/** The first message of a run; undefined when the agent cannot make one of this input. */
function openingOf({ agent }: FrozenAgent, input: unknown): Opening | undefined {
  try {
    const shared = agent.shared?.(input);
    return { prompt: agent.prompt(input), ...(shared === undefined || shared === "" ? {} : { shared }) };
  } catch {
    return undefined;
  }
}

/** Most that the first call can cost: the classifier's where it is asked first. */
function firstCost(spec: AgentSpec, opening: Opening, promptBytes: number): Priced {
  const model = spec.ladder?.classify;
  if (model === undefined) return worstCost(spec.model, tokensAtMost(promptBytes), spec.maxTokens);
  const asked = classifyPrompt(spec, [{ role: "user", content: `${opening.shared ?? ""}${opening.prompt}` }]);
  const bytes = Buffer.byteLength(JSON.stringify([classifierOf(model), asked]));
  return worstCost(model, tokensAtMost(bytes), limits.classifyTokens);
}

/** The run with its model and the worst cost of its first call; the budget must cover it. */
function priced(
  { run, path, of }: Place,
  frozen: FrozenAgent,
  { value, opening, planning }: { value: unknown; opening: Opening; planning: Planning },
): Planned | Mistaken {
  const { agent } = frozen;
  const promptBytes = frozen.prefixBytes + Buffer.byteLength(opening.prompt + (opening.shared ?? ""));
  const choice = chooseModel({ run, agent, promptBytes, ...planning });
  if (choice.kind === "refused") return mistaken(choice.code, fieldOf([...path, "model"]), choice.message);
  const { start } = choice;
  const { spec, digest, text } = frozen.startingAt(start);
  const worst = firstCost(spec, opening, promptBytes);
  if (worst.kind === "unknown-model") {
    return mistaken(
      "model-without-price",
      fieldOf([...path, "agent"]),
      `${run.agent} uses ${spec.model}, which has no price`,
    );
  }
  const budget = run.budgetMicroUsd ?? limits.budgetDefaultMicroUsd;
  if (budget < worst.microUsd) {
    const message = `is ${budget}, but the first call can cost ${worst.microUsd}; give at least that`;
    return mistaken("budget-too-small", fieldOf([...path, "budgetMicroUsd"]), message);
  }
  const planned: PlannedRun = {
    request: run,
    // The same key with more or fewer runs is another request.
    body: sha256(canonicalJson(of === 1 ? run : { run, of })),
    spec: { digest, text },
    input: textOf({ input: value, ...opening }),
    timeoutMs: run.timeoutMs ?? Math.min(agent.timeoutMs, limits.timeoutMaxMs),
    nextMicroUsd: worst.microUsd,
    model: start.model,
    route: start.rule,
  };
  return { kind: "planned", run: planned };
}

function planRun(place: Place, planning: Planning): Planned | Mistaken {
  const { run, path } = place;
  const frozen = planning.agents(run.agent);
  if (frozen === undefined) {
    return mistaken(
      "unknown-agent",
      fieldOf([...path, "agent"]),
      "is not an agent of this deployment; see GET /v1/agents",
    );
  }
  const inputPath = [...path, "input"];
  const parsed = frozen.agent.input.safeParse(run.input);
  if (!parsed.success) {
    return { kind: "mistaken", code: "invalid-input", mistakes: mistakesIn(parsed.error, run.input, inputPath) };
  }
  const opening = openingOf(frozen, parsed.data);
  if (opening === undefined) {
    return mistaken("invalid-input", fieldOf(inputPath), `${run.agent} could not make its first message of this input`);
  }
  return priced(place, frozen, { value: parsed.data, opening, planning });
}

/** Plans every run of a submit, or names every mistake; the code is that of the first one. `batch` sets the field names. */
export function planRuns(
  runs: readonly SubmitRun[],
  planning: Planning,
  batch: boolean,
): { readonly kind: "planned"; readonly runs: readonly PlannedRun[] } | Refusal {
  const plans = runs.map((run, i) => planRun({ run, path: batch ? ["runs", i] : [], of: runs.length }, planning));
  const wrong = plans.filter((plan) => plan.kind === "mistaken");
  const [first] = wrong;
  if (first === undefined)
    return { kind: "planned", runs: plans.flatMap((plan) => (plan.kind === "planned" ? [plan.run] : [])) };
  const mistakes = wrong.flatMap((plan) => plan.mistakes);
  const fields = mistakes.map((mistake) => mistake.field).slice(0, 5);
  return refuse(first.code, `nothing was stored; mend ${fields.join(", ")}`, { mistakes });
}

/** The classifier: one cheap call that says which class a task is, by structured output. Pure. */
import { z } from "zod";
import { limits } from "../contract/limits.ts";
import { type ModelClass, modelClass } from "../contract/models.ts";
import type { Ladder, Tier } from "../contract/routing.ts";
import type { Message } from "../contract/turn.ts";
import type { AgentSpec } from "./agent.ts";

const verdict = z.object({ class: modelClass });

const SYSTEM = [
  "You say how hard a task is, so that a model that is just good enough gets it. You do not do the task.",
  "simple: one step, the answer is in the text or is plain; hard: many steps that build on each other, or judgement where a",
  "mistake is costly and hard to see; standard: everything else. When in doubt, standard.",
].join("\n");

/** What of a spec the classifier is called with. */
type Asked = Pick<AgentSpec, "model" | "maxTokens" | "system" | "tools" | "outputSchema">;

/** The classifier's call in the place of the agent's: no tools, and a schema for the answer (models refuse a forced tool). */
export const classifierOf = (model: string): Asked => ({
  model,
  maxTokens: limits.classifyTokens,
  system: SYSTEM,
  tools: [],
  outputSchema: {
    type: "object",
    properties: { class: { type: "string", enum: [...modelClass.options] } },
    required: ["class"],
    additionalProperties: false,
  },
});

/** The beginning and the end of a long text: what is asked stands mostly there. */
function excerpt(text: string): string {
  if (text.length <= limits.classifyChars) return text;
  const half = Math.floor(limits.classifyChars / 2);
  return `${text.slice(0, half)}\n[...]\n${text.slice(-half)}`;
}

/** What the classifier is told of a task: the agent's instructions, its tools, and the first message, each cut to a bound. */
export function classifyPrompt(spec: Pick<AgentSpec, "system" | "tools">, opening: readonly Message[]): Message {
  const texts = opening.flatMap(({ content }) =>
    typeof content === "string" ? [content] : content.map((block) => String(block.text ?? "")),
  );
  const task = texts.join("\n");
  const tools = spec.tools.map(({ name }) => name).join(", ");
  const parts = [
    `<instructions>\n${excerpt(spec.system)}\n</instructions>`,
    `<tools>${excerpt(tools)}</tools>`,
    `<task>\n${excerpt(task)}\n</task>`,
  ];
  return { role: "user", content: parts.join("\n") };
}

/** The class in an answer; undefined when it names none. */
export function classIn(text: string): ModelClass | undefined {
  try {
    return verdict.safeParse(JSON.parse(text)).data?.class;
  } catch {
    return undefined;
  }
}

/** A tier that was chosen, what its first call can cost, and why. */
export type Judged = { readonly model: string; readonly nextMicroUsd: number; readonly because: string };

/**
 * The tier of a class: the highest one not above it whose first call the budget covers. No class means `standard`. Undefined when
 * the budget covers none.
 */
export function judgedTier(
  { tiers }: Ladder,
  judged: ModelClass | undefined,
  afford: { readonly leftMicroUsd: number; worstMicroUsd(model: string): number | undefined },
): Judged | undefined {
  const wanted = judged ?? "standard";
  const rank = (of: ModelClass | undefined) => modelClass.options.indexOf(of ?? "simple");
  const reachable = tiers.filter((tier) => rank(tier.class) <= rank(wanted));
  const found = reachable.toReversed().flatMap((tier): { tier: Tier; worst: number }[] => {
    const worst = afford.worstMicroUsd(tier.model);
    return worst !== undefined && worst <= afford.leftMicroUsd ? [{ tier, worst }] : [];
  })[0];
  if (found === undefined) return undefined;
  const said = judged === undefined ? "the classifier named no class: standard" : `the classifier says ${judged}`;
  const best =
    found.tier === reachable.at(-1) ? "" : `; the budget covers ${found.tier.class ?? found.tier.model} only`;
  return { model: found.tier.model, nextMicroUsd: found.worst, because: said + best };
}

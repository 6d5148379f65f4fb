/** The route of a head in words. Pure. */
import { type Evidence, evidence, type StartRule, startRule } from "../contract/routing.ts";
import type { RunHead } from "../contract/run.ts";

const starts = {
  agent: "the agent names it",
  submit: "the submit asked for it",
  plan: "the tenant's plan goes no higher",
  budget: "the budget covers no higher class",
  deadline: "the deadline is near: the fastest class",
  input: "the prompt is long",
  tools: "its tools are many, or must not run twice",
  small: "a short prompt, no tools, and a schema that checks the answer",
  default: "no rule speaks: the usual class",
  judging: "no rule speaks: the classifier is asked",
  judged: "the classifier chose it",
} as const satisfies Record<StartRule, string>;

const climbs = {
  invalid: "the output was invalid twice",
  cut: "the answer reached max_tokens twice",
  tool: "the same tool error came three times",
  verify: "the agent's verify said no",
} as const satisfies Record<Evidence, string>;

const climbPart = /^(\d+)([a-z]+)$/;

/** Why the run is where it is: what chose its first model, then each climb. Nothing for a head of before. */
export function reasonsOf(route: string | undefined): readonly string[] {
  if (route === undefined) return [];
  const [first, ...later] = route.split(">");
  const start = startRule.safeParse(first).data;
  const lifted = later.flatMap((part) => {
    const [, turn, seen] = climbPart.exec(part) ?? [];
    const known = evidence.safeParse(seen).data;
    return known === undefined ? [] : [`after turn ${turn}: ${climbs[known]}, so one tier higher`];
  });
  return [...(start === undefined ? [] : [starts[start]]), ...lifted];
}

/** Whether the next call is the first of its conversation on its model: then nothing of the prompt is in that model's cache. */
export function isFirstOnModel({ turn, route = "agent" }: Pick<RunHead, "turn" | "route">): boolean {
  const [start, ...later] = route.split(">");
  const last = later.at(-1);
  const since = last === undefined ? (start === "judged" ? 1 : 0) : Number.parseInt(last, 10);
  return turn === since + 1;
}

/** The route after one more climb. */
export const withClimb = (route: string | undefined, turn: number, seen: Evidence): string =>
  `${route ?? "agent"}>${turn}${seen}`;

/** The output of a run from its last answer: the text, or the JSON that the agent's schema asks for. Pure. */
import { z } from "zod";
import type { Json } from "../contract/turn.ts";
import type { Agent, AgentSpec } from "../core/agent.ts";

/** `refused`: it has the right form, and the agent's `verify` says why it is no good all the same. */
export type Output =
  | { readonly kind: "output"; readonly value: Json }
  | { readonly kind: "invalid" | "refused"; readonly detail: string };

/** Whose output it is, and the input that it answers. */
export type Asked = { readonly spec: AgentSpec; readonly agent: Agent | undefined; readonly input: unknown };

const json = z.json();

function parsed(text: string): { ok: true; value: Json } | { ok: false } {
  try {
    return { ok: true, value: json.parse(JSON.parse(text)) };
  } catch {
    return { ok: false };
  }
}

function refusal(agent: Agent, output: unknown, input: unknown): string | undefined {
  try {
    return agent.verify?.(output, input);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Checked with the agent's own schema and `verify` where this deployment still has the version that was frozen. */
export function outputOf({ spec, agent, input }: Asked, text: string): Output {
  const own = agent?.version === spec.version ? agent : undefined;
  const value = spec.outputSchema === undefined ? ({ ok: true, value: text } as const) : parsed(text);
  if (!value.ok) return { kind: "invalid", detail: "the answer is not JSON" };
  if (own === undefined) return { kind: "output", value: value.value };
  const checked = (own.output ?? json).safeParse(value.value);
  if (!checked.success)
    return { kind: "invalid", detail: `the answer does not fit the output schema: ${z.prettifyError(checked.error)}` };
  const why = refusal(own, checked.data, input);
  return why === undefined ? { kind: "output", value: value.value } : { kind: "refused", detail: why };
}

/** The output of a run from its last answer: the text, or the JSON that the agent's schema asks for. Pure. */
import { z } from "zod";
import type { Json } from "../contract/turn.ts";
import type { Agent, AgentSpec } from "../core/agent.ts";

export type Output =
  | { readonly kind: "output"; readonly value: Json }
  | { readonly kind: "invalid"; readonly detail: string };

const json = z.json();

function parsed(text: string): { ok: true; value: Json } | { ok: false } {
  try {
    return { ok: true, value: json.parse(JSON.parse(text)) };
  } catch {
    return { ok: false };
  }
}

/** Checked with the agent's own schema where this deployment still has the version that was frozen. */
export function outputOf(spec: AgentSpec, agent: Agent | undefined, text: string): Output {
  if (spec.outputSchema === undefined) return { kind: "output", value: text };
  const value = parsed(text);
  if (!value.ok) return { kind: "invalid", detail: "the answer is not JSON" };
  if (agent?.output === undefined || agent.version !== spec.version) return { kind: "output", value: value.value };
  const checked = agent.output.safeParse(value.value);
  if (checked.success) return { kind: "output", value: value.value };
  return { kind: "invalid", detail: `the answer does not fit the output schema: ${z.prettifyError(checked.error)}` };
}

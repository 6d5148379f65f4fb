/** The request of a run's next turn. */
import type { Message } from "../contract/turn.ts";
import type { AgentSpec } from "../core/agent.ts";
import type { ModelRequest } from "../ports/model.ts";
import type { ActiveRun } from "./active-run.ts";
import type { Saved } from "./prompt-savings.ts";

type Asked = Saved & { readonly run: ActiveRun; readonly spec: AgentSpec; readonly messages: readonly Message[] };

export const requestOf = ({ run, spec, messages, cache, clearing }: Asked): ModelRequest => ({
  runId: run.head.runId,
  turn: run.head.turn,
  model: spec.model,
  maxTokens: spec.maxTokens,
  system: spec.system,
  tools: spec.tools,
  outputSchema: spec.outputSchema,
  messages: [...messages],
  cache,
  clearing,
});

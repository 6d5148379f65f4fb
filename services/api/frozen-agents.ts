/** Agents as a run takes them along: frozen once for a process, with what the prompt of a call is made of. */
import type { AgentName } from "../contract/ids.ts";
import type { SavingName } from "../contract/savings.ts";
import { type Agent, type AgentSpec, freeze } from "../core/agent.ts";
import { canonicalJson } from "../core/digest.ts";
import type { Agents } from "../ports/agents.ts";

/** A known agent, its frozen spec, and the bytes that every call of it sends besides the conversation. */
export type FrozenAgent = {
  readonly agent: Agent;
  readonly spec: AgentSpec;
  readonly text: string;
  readonly digest: ReturnType<typeof freeze>["digest"];
  readonly prefixBytes: number;
};

/** The agent of a name; undefined when there is none. */
export type FrozenAgents = (name: AgentName) => FrozenAgent | undefined;

function frozen(name: AgentName, agent: Agent, off: readonly SavingName[]): FrozenAgent {
  const { spec, text, digest } = freeze(name, agent, off);
  const prefix = canonicalJson({ system: spec.system, tools: spec.tools, outputSchema: spec.outputSchema });
  return { agent, spec, text, digest, prefixBytes: Buffer.byteLength(prefix) };
}

/** Freezes each agent when it is first asked for, without the savings that are `off`. */
export function frozenAgents(agents: Agents, off: readonly SavingName[] = []): FrozenAgents {
  const known = new Map<AgentName, FrozenAgent>();
  return (name) => {
    const agent = agents.get(name);
    if (agent === undefined) return undefined;
    const found = known.get(name) ?? frozen(name, agent, off);
    known.set(name, found);
    return found;
  };
}

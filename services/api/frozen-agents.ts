/** Agents as a run takes them along: frozen once for a process and a start, with what the prompt of a call is made of. */
import type { AgentName } from "../contract/ids.ts";
import type { SavingName } from "../contract/savings.ts";
import { type Agent, type AgentSpec, freeze } from "../core/agent.ts";
import { canonicalJson } from "../core/digest.ts";
import type { Start } from "../core/routing.ts";
import type { Agents } from "../ports/agents.ts";

/** A frozen agent: what is stored, and under what. */
export type Frozen = {
  readonly spec: AgentSpec;
  readonly text: string;
  readonly digest: ReturnType<typeof freeze>["digest"];
};

/** A known agent, its spec, the bytes that every call of it sends besides the conversation, and its spec for another start. */
export type FrozenAgent = Frozen & {
  readonly agent: Agent;
  readonly prefixBytes: number;
  startingAt(start: Start): Frozen;
};

/** The agent of a name; undefined when there is none. */
export type FrozenAgents = (name: AgentName) => FrozenAgent | undefined;

function frozen(name: AgentName, agent: Agent, off: readonly SavingName[]): FrozenAgent {
  const usual = freeze(name, agent, { off });
  const { system, tools, outputSchema } = usual.spec;
  const prefix = canonicalJson({ system, tools, outputSchema });
  // As many as there are ladders: a few for each agent.
  const starts = new Map<string, Frozen>();
  return {
    agent,
    ...usual,
    prefixBytes: Buffer.byteLength(prefix),
    startingAt: ({ model, ladder }) => {
      const key = canonicalJson({ model, ladder });
      const found = starts.get(key) ?? freeze(name, agent, { off, start: { model, ladder } });
      starts.set(key, found);
      return found;
    },
  };
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

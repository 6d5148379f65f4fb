import type { Agent } from "../core/agent.ts";

/** The agents that this deployment knows, by name. */
export type Agents = ReadonlyMap<string, Agent>;

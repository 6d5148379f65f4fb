/** Agents as people read them. */
import type { z } from "zod";
import type { agentView } from "../../contract/http.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";

type AgentView = z.infer<typeof agentView>;

/** The agents, one line each. */
export function agentsTable(agents: readonly AgentView[]): string {
  return table<AgentView>(
    [
      { title: "AGENT", cell: (agent) => agent.name },
      { title: "VERSION", cell: (agent) => agent.version },
      { title: "MODEL", cell: (agent) => agent.model },
      { title: "TOOLS", cell: (agent) => String(agent.tools.length), align: "right" },
      { title: "DESCRIPTION", cell: (agent) => agent.description },
    ],
    agents,
  );
}

/** One agent with its tools and the schema of its input. */
export function agentText(agent: AgentView, style: Style): string {
  const tools = agent.tools.map((tool) => `  ${tool.name} (${tool.replay}): ${tool.description}`);
  const schema = (value: unknown): string => JSON.stringify(value, null, 2);
  return [
    `${style("strong", agent.name)} ${agent.version}, ${agent.model}`,
    agent.description,
    ...(tools.length === 0 ? [] : ["", style("strong", "tools"), ...tools]),
    "",
    style("strong", "input"),
    schema(agent.input),
    ...(agent.output === undefined ? [] : ["", style("strong", "output"), schema(agent.output)]),
  ].join("\n");
}

/** GET /v1/agents */
import { agentList } from "../../contract/http.ts";
import { usualRouting } from "../../contract/routing.ts";
import { agentViewOf } from "../agent-view.ts";
import { takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { exampleAgent } from "./examples.ts";

export const listAgents = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/agents",
  operation: "listAgents",
  access: "tenant",
  summary: "The agents that runs can be submitted to, with the schema of their input",
  answers: { 200: { what: "The agents", schema: agentList, example: { agents: [exampleAgent] } } },
  refusals: [],
  handle: async ({ agents, frozen, routing = usualRouting }) => {
    const names = [...agents.keys()].sort();
    return json({ agents: names.flatMap((name) => agentViewOf(name, frozen, routing.models) ?? []) });
  },
});

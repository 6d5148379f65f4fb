/** An agent as the API shows it. */
import { z } from "zod";
import { agentView } from "../contract/http.ts";
import { agentName } from "../contract/ids.ts";
import type { ClassModels } from "../core/routing.ts";
import { allowedModels } from "./choose-model.ts";
import type { FrozenAgents } from "./frozen-agents.ts";

/** The agent of a name; undefined when there is none. `models` are those of the classes. What JSON schema cannot say of its input is left open. */
export function agentViewOf(
  name: string,
  frozen: FrozenAgents,
  models: ClassModels,
): z.infer<typeof agentView> | undefined {
  const known = frozen(agentName.parse(name));
  if (known === undefined) return undefined;
  const { spec, agent } = known;
  const wish = agent.model;
  return agentView.parse({
    name: spec.name,
    version: spec.version,
    description: agent.description,
    model: typeof wish === "string" ? models[wish] : "id" in wish ? wish.id : models.standard,
    chooses: typeof wish === "object" && "route" in wish ? wish.route : "agent",
    models: allowedModels(agent),
    escalateTo: agent.escalateTo,
    input: z.toJSONSchema(agent.input, { io: "input", unrepresentable: "any" }),
    output: spec.outputSchema,
    tools: agent.tools.map(({ name, description, replay }) => ({ name, description, replay })),
  });
}

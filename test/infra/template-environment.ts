/** Environments that a template gives: what it writes out stays, what only the account knows is filled in by name. */
import type { Template } from "aws-cdk-lib/assertions";
import { z } from "zod";

type Values = Readonly<Record<string, string>>;

/** Throws on a variable that the template computes and nobody fills in. */
function filled(variables: Readonly<Record<string, unknown>>, values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      const given = values[name] ?? value;
      if (typeof given !== "string") throw new Error(`the template computes ${name}; fill it in`);
      return [name, given];
    }),
  );
}

const lambda = z.object({
  Handler: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});

/** The function whose handler is of this name. */
export function functionOf(template: Template, handler: string, values: Values) {
  const found = Object.values(template.findResources("AWS::Lambda::Function"))
    .map(({ Properties }) => lambda.safeParse(Properties).data)
    .find((one) => one?.Handler === handler);
  if (found === undefined) throw new Error(`no function with the handler ${handler}`);
  return { handler: found.Handler, env: filled(found.Environment.Variables, values) };
}

const task = z.object({
  ContainerDefinitions: z.tuple([
    z.object({ Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })) }),
  ]),
});

/** The environment of the worker's container in a pool. */
export function containerEnvOf(template: Template, pool: string, values: Values): Record<string, string> {
  for (const { Properties } of Object.values(template.findResources("AWS::ECS::TaskDefinition"))) {
    const [{ Environment }] = task.parse(Properties).ContainerDefinitions;
    const variables = Object.fromEntries(Environment.map(({ Name, Value }) => [Name, Value]));
    if (variables.MUSTER_POOL === pool) return filled(variables, values);
  }
  throw new Error(`no task of the pool ${pool}`);
}

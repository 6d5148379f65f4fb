/** Who may do what: the worker's role, and who may read the key of the Claude API. */
import { Match, type Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { templatesOf } from "./synth.ts";

const statement = z.object({
  Action: z.union([z.string(), z.array(z.string())]).transform((one) => (typeof one === "string" ? [one] : one)),
  Resource: z.unknown(),
});
const taskDefinition = z.object({
  RequiresCompatibilities: z.array(z.string()),
  TaskRoleArn: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) }),
});
const { fleet, api, control, state } = templatesOf({ profile: "surge" });

/** Actions that each role's own policies allow, with the resources as text. */
function grantsOf(template: Template) {
  return Object.entries(template.findResources("AWS::IAM::Policy")).flatMap(([id, { Properties }]) =>
    z
      .object({ PolicyDocument: z.object({ Statement: z.array(statement) }) })
      .parse(Properties)
      .PolicyDocument.Statement.flatMap(({ Action, Resource }) =>
        Action.map((action) => ({ id, action, resource: JSON.stringify(Resource) })),
      ),
  );
}
const onMachines = grantsOf(fleet).filter(({ id }) => id.startsWith("WorkerRole"));
const onFargate = grantsOf(fleet).filter(({ id }) => id.startsWith("TaskWorkerRole"));

describe("the role of workers on machines", () => {
  test("ends machines of this fleet's two groups only, and protects tasks of this cluster only", () => {
    const ends = onMachines.filter(({ action }) => action.startsWith("autoscaling:"));
    expect(ends.map(({ action }) => action)).toEqual(["autoscaling:TerminateInstanceInAutoScalingGroup"]);
    expect(ends[0]?.resource).toContain("autoScalingGroupName/muster-spot");
    expect(ends[0]?.resource).toContain("autoScalingGroupName/muster-on-demand");
    const ecs = onMachines.filter(({ action }) => action.startsWith("ecs:"));
    expect(ecs.map(({ action }) => action)).toEqual(["ecs:UpdateTaskProtection"]);
    expect(ecs[0]?.resource).toContain(":task/muster/*");
  });

  test("is that of their tasks alone; those of Fargate have another, which ends no machine and may do the rest", () => {
    const rolesOf = Object.values(fleet.findResources("AWS::ECS::TaskDefinition")).map(({ Properties }) => {
      const { RequiresCompatibilities, TaskRoleArn } = taskDefinition.parse(Properties);
      return `${RequiresCompatibilities[0]} ${/^(Task)?WorkerRole/.exec(TaskRoleArn["Fn::GetAtt"][0])?.[0]}`;
    });
    expect(rolesOf.toSorted()).toEqual([
      "EC2 WorkerRole",
      "EC2 WorkerRole",
      "FARGATE TaskWorkerRole",
      "FARGATE TaskWorkerRole",
    ]);
    const may = (grants: typeof onMachines) => grants.map(({ action }) => action).toSorted();
    const ends = "autoscaling:TerminateInstanceInAutoScalingGroup";
    expect(may(onFargate)).toEqual(may(onMachines).filter((action) => action !== ends));
  });

  test("nothing is allowed on everything", () => {
    expect(onFargate.length).toBeGreaterThan(5);
    expect([...onMachines, ...onFargate].filter(({ resource }) => resource === '"*"')).toEqual([]);
  });
});

test("the secret of the Claude key is made without a value: a worker would take any text for a key", () => {
  fleet.hasResourceProperties("AWS::SecretsManager::Secret", {
    GenerateSecretString: Match.absent(),
    SecretString: Match.absent(),
  });
});

test("the key of the Claude API is read by workers alone", () => {
  const readers = [fleet, api, control, state]
    .flatMap(grantsOf)
    .filter(({ action }) => action.startsWith("secretsmanager:"));
  expect([...new Set(readers.map(({ id }) => id))]).toEqual([onMachines[0]?.id, onFargate[0]?.id]);
  expect(readers.map(({ action }) => action)).toEqual(expect.arrayContaining(["secretsmanager:GetSecretValue"]));
});

test("workers learn who scales, so that machines end themselves where only CloudWatch does", () => {
  const driverOf = (template: Template) =>
    Object.values(template.findResources("AWS::ECS::TaskDefinition")).map(
      ({ Properties }) => /"MUSTER_DRIVER","Value":"(\w+)"/.exec(JSON.stringify(Properties))?.[1],
    );
  expect(driverOf(fleet)).toEqual(["controller", "controller", "controller", "controller"]);
  const native = templatesOf({ profile: "surge", driver: "cloudwatch" }).fleet;
  expect(driverOf(native)).toEqual(["cloudwatch", "cloudwatch", "cloudwatch", "cloudwatch"]);
});

test("the API may call the controller's function and no other, and knows where; what streams may not", () => {
  const calls = [fleet, api, control, state].flatMap(grantsOf).filter(({ action }) => action.startsWith("lambda:"));
  expect(calls.map(({ action }) => action)).toEqual(["lambda:InvokeFunction"]);
  expect(calls[0]?.id).toMatch(/^Api/);
  expect(calls[0]?.resource).toContain(':function:muster-controller"');
  control.hasResourceProperties("AWS::Lambda::Function", { FunctionName: "muster-controller" });
  const callers = Object.values(api.findResources("AWS::Lambda::Function")).filter(({ Properties }) =>
    JSON.stringify(Properties).includes("/functions/muster-controller/invocations"),
  );
  expect(callers.map(({ Properties }) => Properties.Handler)).toEqual(["api/handler.handler"]);
});

/** The API on AWS. */
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { refuse } from "../../services/api/problem.ts";
import { apiEnv, fleetEventsEnv } from "../../services/contract/env.ts";
import { problem } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { templatesOf } from "./synth.ts";

const { api, control } = templatesOf({ profile: "surge", scaling: { queueSize: 1_000 } });
const trial = templatesOf();

const environment = z.record(z.string(), z.unknown());
const functionsOf = (template: typeof api) =>
  Object.entries(template.findResources("AWS::Lambda::Function")).map(([id, { Properties }]) => ({
    id,
    handler: z.string().parse(Properties.Handler),
    properties: Properties,
    env: environment.parse(Properties.Environment?.Variables ?? {}),
  }));
/** An environment as the function would see it: a value that CloudFormation fills in is some text. */
const filled = (env: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(env).map(([key, value]) => [
      key,
      typeof value === "string" ? value : /QUEUE|DEAD|_URL$/.test(key) ? "https://aws.test/it" : "text",
    ]),
  );

describe("functions", () => {
  test("run Node 24 on arm64, log lines that expire, and are traced", () => {
    for (const { id, properties } of [...functionsOf(api), ...functionsOf(control)]) {
      expect(properties, id).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        TracingConfig: { Mode: "Active" },
        LoggingConfig: { LogFormat: "JSON" },
      });
    }
    for (const template of [api, control])
      for (const { Properties } of Object.values(template.findResources("AWS::Logs::LogGroup")))
        expect(Properties.RetentionInDays).toBe(30);
  });

  test("have an environment that their entries accept", () => {
    for (const { env } of functionsOf(api))
      expect(apiEnv.parse({ AWS_REGION: "eu-west-1", ...filled(env) })).toMatchObject({ MUSTER_QUEUE_SIZE: 1_000 });
    for (const { env, handler } of functionsOf(control))
      if (handler.includes("events")) fleetEventsEnv.parse({ AWS_REGION: "eu-west-1", ...filled(env) });
  });

  test("whole answers and streams are two functions of one source; watchers cannot take what submits need", () => {
    const [whole, watch] = ["api/handler.handler", "api/handler.streaming"].map((handler) =>
      functionsOf(api).find((one) => one.handler === handler),
    );
    expect(whole?.properties.Code).toEqual(watch?.properties.Code);
    expect(whole?.env.MUSTER_WATCH_ELSEWHERE).toBe("true");
    expect(whole?.properties.ReservedConcurrentExecutions).toBeUndefined();
    expect(watch?.properties.ReservedConcurrentExecutions).toBe(500);
    expect(whole?.properties.Timeout).toBe(29);
    expect(watch?.properties.Timeout).toBeLessThan(15 * 60);
  });

  test("the controller's has the time that its last decision may take, and is not called again for a shift that failed", () => {
    const controller = functionsOf(control).find(({ handler }) => handler === "controller/handler.handler");
    const { shiftMs, poolLookMs, poolActMs, storeCallMs } = limits;
    expect(controller?.properties.Timeout).toBeGreaterThanOrEqual(
      (shiftMs + poolLookMs + poolActMs + 2 * storeCallMs) / 1_000,
    );
    control.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
      FunctionName: { Ref: controller?.id },
      MaximumRetryAttempts: 0,
    });
  });

  test("of a trial reserve nothing: a new account may not have it", () => {
    for (const { properties } of [...functionsOf(trial.api), ...functionsOf(trial.control)])
      expect(properties.ReservedConcurrentExecutions).toBeUndefined();
  });
});

describe("the door", () => {
  test("says that a function has no room as the function itself says it", () => {
    const [only] = Object.values(api.findResources("AWS::ApiGateway::GatewayResponse"));
    const body = problem.parse(JSON.parse(only?.Properties.ResponseTemplates["application/json"]));
    const { problem: refused, headers } = refuse("too-many-watchers", body.detail);
    expect(body).toEqual(refused);
    expect(only?.Properties.StatusCode).toBe(String(refused.status));
    expect(only?.Properties.ResponseParameters["gatewayresponse.header.Retry-After"]).toBe(
      `'${headers["retry-after"]}'`,
    );
  });

  test("is throttled, logged and traced", () => {
    api.hasResourceProperties("AWS::ApiGateway::Stage", {
      MethodSettings: [Match.objectLike({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 })],
      AccessLogSetting: Match.objectLike({ DestinationArn: Match.anyValue() }),
      TracingEnabled: true,
    });
  });

  test("sends everything to the one function, and what is under /watch to the other, streamed", () => {
    const methods = Object.values(api.findResources("AWS::ApiGateway::Method")).map(({ Properties }) => Properties);
    const streamed = methods.filter(({ Integration }) => Integration.ResponseTransferMode === "STREAM");
    expect(streamed).toHaveLength(1);
    expect(streamed[0]).toMatchObject({ HttpMethod: "GET", Integration: { TimeoutInMillis: 900_000 } });
    expect(JSON.stringify(streamed[0]?.Integration.Uri)).toContain("response-streaming-invocations");
    expect(methods.filter(({ HttpMethod }) => HttpMethod === "ANY").length).toBeGreaterThanOrEqual(1);
    api.hasResourceProperties("AWS::ApiGateway::Resource", { PathPart: "watch" });
  });
});

describe("what functions may do", () => {
  const actions = (template: typeof api, id: string) =>
    Object.entries(template.findResources("AWS::IAM::Policy"))
      .filter(([name]) => name.startsWith(id))
      .flatMap(([, { Properties }]) =>
        z
          .array(z.object({ Action: z.union([z.string(), z.array(z.string())]) }))
          .parse(Properties.PolicyDocument.Statement)
          .flatMap(({ Action }) => Action),
      );

  test("the API sends wake-ups and never takes one", () => {
    for (const id of ["Api", "Watch"]) {
      expect(actions(api, id)).toContain("sqs:SendMessage");
      expect(actions(api, id)).not.toContain("sqs:ReceiveMessage");
      expect(actions(api, id).filter((action) => action.includes("*"))).toEqual([]);
    }
  });

  test("the controller sizes and ends what belongs to this fleet, by name", () => {
    expect(actions(control, "Controller")).toEqual(
      expect.arrayContaining(["autoscaling:SetDesiredCapacity", "ecs:UpdateService", "sqs:GetQueueAttributes"]),
    );
    // What AWS asks of the caller of LaunchInstances.
    expect(actions(control, "Controller")).toEqual(
      expect.arrayContaining(["autoscaling:LaunchInstances", "ec2:CreateFleet", "ec2:DescribeLaunchTemplateVersions"]),
    );
    const policies = JSON.stringify(control.findResources("AWS::IAM::Policy"));
    expect(policies).toContain("autoScalingGroupName/muster-spot");
    expect(policies).toContain("service/muster/muster-fargate-spot");
  });

  test("only describing and tracing names no resource", () => {
    for (const template of [api, control])
      for (const [id, { Properties }] of Object.entries(template.findResources("AWS::IAM::Policy"))) {
        const wide = z
          .array(z.object({ Action: z.union([z.string(), z.array(z.string())]), Resource: z.unknown() }))
          .parse(Properties.PolicyDocument.Statement)
          .filter(({ Resource }) => Resource === "*")
          .flatMap(({ Action }) => Action);
        for (const action of wide)
          expect(action, id).toMatch(/^(xray:Put|autoscaling:Describe|ec2:Describe|ecs:ListTasks)/);
      }
  });
});

test("the controller is called every minute, and what AWS says reaches its ears", () => {
  control.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 minute)" });
  const heard = Object.values(control.findResources("AWS::Events::Rule")).flatMap(({ Properties }) =>
    z.array(z.string()).default([]).parse(Properties.EventPattern?.["detail-type"]),
  );
  expect(heard.sort()).toEqual([
    "EC2 Instance Launch Unsuccessful",
    "EC2 Instance Rebalance Recommendation",
    "EC2 Instance State-change Notification",
    "EC2 Spot Instance Interruption Warning",
    "ECS Container Instance State Change",
    "ECS Service Action",
    "ECS Task State Change",
  ]);
});

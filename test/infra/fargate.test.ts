/** The Fargate pools. */
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { templatesOf } from "./synth.ts";

const { fleet } = templatesOf({ profile: "surge" });

describe.each([
  { pool: "fargate-spot", provider: "FARGATE_SPOT" },
  { pool: "fargate", provider: "FARGATE" },
])("the $pool service", ({ pool, provider }) => {
  test("is of one kind, because ECS does not fall back by itself; its size is not in the template", () => {
    fleet.hasResourceProperties("AWS::ECS::Service", {
      ServiceName: `muster-${pool}`,
      CapacityProviderStrategy: [{ CapacityProvider: provider, Weight: 1 }],
      LaunchType: Match.absent(),
      DesiredCount: Match.absent(),
      DeploymentConfiguration: Match.objectLike({ MinimumHealthyPercent: 0 }),
      NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: "ENABLED" }) },
    });
  });

  test("plans its task with 70 % of the memory, on Graviton, and has two minutes to leave", () => {
    fleet.hasResourceProperties("AWS::ECS::TaskDefinition", {
      RequiresCompatibilities: ["FARGATE"],
      RuntimePlatform: { CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" },
      Cpu: "1024",
      Memory: "2048",
      ContainerDefinitions: [
        Match.objectLike({
          Memory: 2048,
          MemoryReservation: Math.floor(2048 * 0.7),
          StopTimeout: 120,
          ReadonlyRootFilesystem: true,
          Environment: Match.arrayWith([{ Name: "MUSTER_POOL", Value: pool }]),
        }),
      ],
    });
  });
});

test("no container waits for longer after SIGTERM than its platform does", () => {
  for (const { Properties } of Object.values(fleet.findResources("AWS::ECS::TaskDefinition"))) {
    const task = z
      .object({
        RequiresCompatibilities: z.array(z.string()),
        ContainerDefinitions: z.array(z.object({ StopTimeout: z.number() })),
      })
      .parse(Properties);
    for (const { StopTimeout } of task.ContainerDefinitions)
      expect(StopTimeout).toBeLessThanOrEqual(task.RequiresCompatibilities.includes("FARGATE") ? 120 : 115);
  }
});

test("no service mixes capacity of machines with capacity of Fargate", () => {
  for (const { Properties } of Object.values(fleet.findResources("AWS::ECS::Service"))) {
    const providers = z
      .array(z.object({ CapacityProvider: z.string() }))
      .default([])
      .parse(Properties.CapacityProviderStrategy);
    expect(
      new Set(providers.map(({ CapacityProvider }) => CapacityProvider.startsWith("FARGATE"))).size,
    ).toBeLessThanOrEqual(1);
    if (Properties.SchedulingStrategy === "DAEMON") expect(providers).toEqual([]);
  }
});

test("no environment holds a secret: the key of the Claude API is named, and only workers may read it", () => {
  const tasks = JSON.stringify(fleet.findResources("AWS::ECS::TaskDefinition"));
  expect(tasks).toContain("MUSTER_CLAUDE_SECRET");
  expect(tasks).not.toContain("ANTHROPIC_API_KEY");
  expect(tasks).not.toContain('"Secrets"');
  const readers = Object.entries(fleet.findResources("AWS::IAM::Policy")).filter(([, one]) =>
    JSON.stringify(one).includes("secretsmanager:GetSecretValue"),
  );
  // One role of workers on machines, and one of those in tasks of Fargate, which ends no machine.
  expect(readers).toHaveLength(2);
  for (const [id] of readers) expect(id).toMatch(/^(Task)?WorkerRole/);
  const { api, control } = templatesOf({ profile: "surge" });
  for (const other of [api, control]) expect(JSON.stringify(other)).not.toContain("secretsmanager");
});

test("an image of one's own is taken as it is", () => {
  expect(JSON.stringify(fleet.findResources("AWS::ECS::TaskDefinition"))).toContain("example.com/worker:1");
});

test("lines of workers expire, and a slow log never stops a run", () => {
  fleet.hasResourceProperties("AWS::Logs::LogGroup", { RetentionInDays: 30 });
  expect(JSON.stringify(fleet.findResources("AWS::ECS::TaskDefinition"))).toContain('"mode":"non-blocking"');
});

/** What a deployment has only when it is asked for: firewall, domain, CloudFront, budget, networks, images, company in its account. */
import { Match, type Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { stackName, stackOutputs } from "../../services/contract/stacks.ts";
import { templatesOf } from "./synth.ts";

const plain = templatesOf();
const certificateArn = "arn:aws:acm:us-east-1:111122223333:certificate/one";
const domain = { name: "api.example.com", certificateArn };
const outputOf = (template: Template, id: string): unknown => template.findOutputs(id)[id]?.Value;

test("a plain deployment has none of what costs while idle", () => {
  plain.api.resourceCountIs("AWS::WAFv2::WebACL", 0);
  plain.api.resourceCountIs("AWS::CloudFront::Distribution", 0);
  plain.api.resourceCountIs("AWS::ApiGateway::DomainName", 0);
  plain.fleet.resourceCountIs("AWS::EC2::NatGateway", 0);
  plain.fleet.resourceCountIs("AWS::Budgets::Budget", 0);
});

test("a stage with an access log comes after the account's role for it, which stays for others", () => {
  const [id, account] = Object.entries(plain.api.findResources("AWS::ApiGateway::Account"))[0] ?? [];
  expect(account?.DeletionPolicy).toBe("Retain");
  plain.api.hasResource("AWS::ApiGateway::Stage", { DependsOn: Match.arrayWith([id]) });
  plain.api.hasResourceProperties("AWS::ApiGateway::Stage", {
    AccessLogSetting: {
      DestinationArn: Match.anyValue(),
      Format: Match.stringLikeRegexp("requestId.*httpMethod.*status"),
    },
  });
});

describe("the firewall", () => {
  const { api } = templatesOf({ api: { waf: true } });

  test("stands before the stage, and knows bad addresses and greedy ones, not bodies", () => {
    api.hasResourceProperties("AWS::WAFv2::WebACLAssociation", { ResourceArn: Match.anyValue() });
    const { Rules } = z
      .object({ Rules: z.array(z.looseObject({ Name: z.string(), Statement: z.looseObject({}) })) })
      .parse(Object.values(api.findResources("AWS::WAFv2::WebACL"))[0]?.Properties);
    expect(Rules.map(({ Name }) => Name)).toEqual(["known-bad", "one-address"]);
    expect(JSON.stringify(Rules)).not.toContain("CommonRuleSet");
    // Half of 50 requests a second, over five minutes.
    expect(Rules[1]?.Statement).toEqual({
      RateBasedStatement: { AggregateKeyType: "IP", EvaluationWindowSec: 300, Limit: 7_500 },
    });
  });

  test("takes the caller's address from CloudFront where that is in front", () => {
    templatesOf({ api: { waf: true, cloudFront: true } }).api.hasResourceProperties("AWS::WAFv2::WebACL", {
      Rules: Match.arrayWith([
        Match.objectLike({ Statement: { RateBasedStatement: Match.objectLike({ AggregateKeyType: "FORWARDED_IP" }) } }),
      ]),
    });
  });
});

test("a domain of one's own is the API's, and what callers are told", () => {
  const { api } = templatesOf({ api: { domain } });
  api.hasResourceProperties("AWS::ApiGateway::DomainName", {
    DomainName: domain.name,
    RegionalCertificateArn: certificateArn,
    SecurityPolicy: "TLS_1_2",
  });
  api.hasResourceProperties("AWS::ApiGateway::BasePathMapping", { Stage: Match.anyValue() });
  expect(outputOf(api, stackOutputs.Api.url)).toBe("https://api.example.com/");
});

describe("CloudFront", () => {
  const { api } = templatesOf({ api: { cloudFront: true, domain } });

  test("passes everything on and keeps nothing", () => {
    api.hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: Match.objectLike({
        Aliases: [domain.name],
        DefaultCacheBehavior: Match.objectLike({
          // AWS's names for: nothing cached; all headers but Host, which API Gateway would refuse.
          CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
          OriginRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
          ViewerProtocolPolicy: "https-only",
          AllowedMethods: Match.arrayWith(["POST", "DELETE"]),
          Compress: false,
        }),
        Origins: [Match.objectLike({ CustomOriginConfig: Match.objectLike({ OriginReadTimeout: 60 }) })],
        ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: "TLSv1.2_2021" }),
      }),
    });
  });

  test("has the domain, which the API behind it then does not", () => {
    api.resourceCountIs("AWS::ApiGateway::DomainName", 0);
    expect(outputOf(api, stackOutputs.Api.url)).toBe("https://api.example.com/");
  });
});

test("the budget alarm tells the addresses of high alarms before the amount is reached", () => {
  const { fleet } = templatesOf({ alarms: { monthlyUsd: 500, high: ["ops@example.com"] } });
  const subscribers = [{ Address: "ops@example.com", SubscriptionType: "EMAIL" }];
  fleet.hasResourceProperties("AWS::Budgets::Budget", {
    Budget: Match.objectLike({ BudgetLimit: { Amount: 500, Unit: "USD" }, TimeUnit: "MONTHLY", BudgetType: "COST" }),
    NotificationsWithSubscribers: [
      { Notification: Match.objectLike({ NotificationType: "ACTUAL", Threshold: 80 }), Subscribers: subscribers },
      { Notification: Match.objectLike({ NotificationType: "FORECASTED", Threshold: 100 }), Subscribers: subscribers },
    ],
  });
});

describe("networks", () => {
  const groupsOf = (template: Template) =>
    Object.values(template.findResources("AWS::AutoScaling::AutoScalingGroup")).map(({ Properties }) => Properties);

  test("private: workers without an address, behind a NAT gateway for each zone", () => {
    const { fleet } = templatesOf({ network: { kind: "private" } });
    fleet.resourceCountIs("AWS::EC2::NatGateway", 3);
    fleet.allResourcesProperties(
      "AWS::ECS::Service",
      Match.not(Match.objectLike({ NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: "ENABLED" } } })),
    );
    for (const { VPCZoneIdentifier } of groupsOf(fleet)) {
      expect(VPCZoneIdentifier).toHaveLength(3);
      expect(JSON.stringify(VPCZoneIdentifier)).not.toContain("Public");
    }
  });

  test("table and bucket are reached without leaving the network", () => {
    for (const kind of ["public", "private"] as const)
      templatesOf({ network: { kind } }).fleet.resourceCountIs("AWS::EC2::VPCEndpoint", 2);
  });

  test("one's own: nothing is made but the group of rules", () => {
    const subnetIds = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"];
    const { fleet } = templatesOf({
      network: {
        kind: "own",
        vpcId: "vpc-0123456789abcdef0",
        availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        subnetIds,
        publicAddresses: false,
      },
    });
    for (const type of ["VPC", "Subnet", "NatGateway", "InternetGateway", "VPCEndpoint"])
      fleet.resourceCountIs(`AWS::EC2::${type}`, 0);
    fleet.hasResourceProperties("AWS::EC2::SecurityGroup", { VpcId: "vpc-0123456789abcdef0" });
    for (const { VPCZoneIdentifier } of groupsOf(fleet)) expect(VPCZoneIdentifier).toEqual(subnetIds);
    fleet.hasResourceProperties("AWS::ECS::Service", {
      NetworkConfiguration: {
        AwsvpcConfiguration: Match.objectLike({ AssignPublicIp: "DISABLED", Subnets: subnetIds }),
      },
    });
  });
});

describe("an image built elsewhere", () => {
  const repository = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/worker";

  test.each([`${repository}:7`, `${repository}@sha256:${"a".repeat(64)}`])("%s may be pulled by the tasks", (image) => {
    const { fleet } = templatesOf({ worker: { image } });
    const pulls = Object.values(fleet.findResources("AWS::IAM::Policy")).filter((one) =>
      JSON.stringify(one).includes("ecr:BatchGetImage"),
    );
    expect(pulls).toHaveLength(4);
    for (const one of pulls)
      expect(JSON.stringify(one)).toContain(":ecr:eu-west-1:111122223333:repository/team/worker");
    expect(JSON.stringify(outputOf(fleet, stackOutputs.Fleet.workerImage))).toContain("111122223333.dkr.ecr.eu-west-1");
  });

  test("of another registry needs no permission", () => {
    expect(JSON.stringify(plain.fleet.findResources("AWS::IAM::Policy"))).not.toContain("ecr:BatchGetImage");
  });
});

test("stacks know each other by name: none holds back another when it is changed or destroyed", () => {
  for (const [part, template] of Object.entries(plain)) {
    const text = JSON.stringify(template.toJSON());
    for (const reference of ["Fn::GetStackOutput", "Fn::ImportValue", '"Export"'])
      expect(text, part).not.toContain(reference);
  }
});

describe("several installations in one account", () => {
  const [blue, green] = ["blue", "green"].map((name) => templatesOf({ name, profile: "surge" }));

  /** Every name that is given, not made by CloudFormation. */
  const given = (templates: ReturnType<typeof templatesOf> | undefined): string[] => {
    const keys = [
      "TableName",
      "QueueName",
      "BucketName",
      "ClusterName",
      "ServiceName",
      "AutoScalingGroupName",
      "AlarmName",
    ];
    const more = ["PolicyName", "DashboardName", "TopicName", "FunctionName", "RoleName", "LogGroupName", "Name"];
    return Object.values(templates ?? {}).flatMap((template) =>
      Object.values(template.toJSON().Resources ?? {}).flatMap((resource) => {
        const { Type, Properties = {} } = z
          .object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() })
          .parse(resource);
        return [...keys, ...more].flatMap((key) =>
          typeof Properties[key] === "string" ? [`${Type} ${key} ${Properties[key]}`] : [],
        );
      }),
    );
  };

  test("share no name of anything that AWS wants unique", () => {
    // Names of inline policies are their role's own.
    const names = (templates: ReturnType<typeof templatesOf> | undefined) =>
      given(templates).filter((name) => !name.startsWith("AWS::IAM::Policy "));
    expect(names(blue).length).toBeGreaterThan(15);
    expect(names(blue).filter((name) => new Set(names(green)).has(name))).toEqual([]);
    // Groups of log lines lie under the product's name, and under the installation's in it.
    const ofAnother = names(blue).filter((name) => /\bmuster/.test(name) && !name.includes(" /muster/blue/"));
    expect(ofAnother).toEqual([]);
  });

  test("have stacks of their own names, with dashes too", () => {
    expect(stackName("blue", "Api")).toBe("BlueApi");
    expect(stackName("team-one", "State")).toBe("TeamOneState");
  });

  test("tell the command line where they are", () => {
    expect(outputOf(blue?.api ?? plain.api, stackOutputs.Api.installation)).toBe("blue");
    expect(outputOf(blue?.api ?? plain.api, stackOutputs.Api.table)).toBe("blue");
    for (const [part, template] of [
      ["Api", plain.api],
      ["Fleet", plain.fleet],
    ] as const)
      expect(Object.keys(template.toJSON().Outputs)).toEqual(expect.arrayContaining(Object.values(stackOutputs[part])));
    expect(outputOf(plain.fleet, stackOutputs.Fleet.bounds)).toContain('"spot":{"min":0,"max":6}');
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { apiEnv, controllerEnv, parseEnv, workerEnv } from "../../../services/contract/env.ts";
import { dataFolder } from "../../../services/local/data-folder.ts";
import { parseFlags } from "../../../services/local/flags.ts";
import {
  embeddedQueues,
  endpoints,
  type Plan,
  programSpecs,
  standInSpecs,
  workerSpec,
} from "../../../services/local/roster.ts";
import { type Environment, standIns } from "../../../services/local/stand-ins.ts";

const path = mkdtempSync(join(tmpdir(), "muster-roster-"));
afterAll(() => rmSync(path, { recursive: true }));

function aPlan(env: Environment, args: readonly string[] = []): Plan {
  const parsed = parseFlags(args);
  if (parsed.kind !== "flags") throw new Error("good flags");
  const ports = { api: 1, dynamodb: 2, queue: 3, claude: 4 };
  return { env, flags: parsed.flags, folder: dataFolder(path), standIns: standIns(env, parsed.flags.aws), ports };
}

const specs = (plan: Plan) => [
  ...standInSpecs(plan),
  ...programSpecs(plan, embeddedQueues(plan)),
  workerSpec(plan, embeddedQueues(plan)),
];
const envOf = (plan: Plan, role: string) => specs(plan).find((spec) => spec.role === role)?.env ?? {};

test("with an empty environment everything outside is a stand-in", () => {
  const plan = aPlan({}, ["--workers", "2"]);
  expect(specs(plan).map((spec) => spec.role)).toEqual([
    ...["dynamodb", "queue", "claude", "api", "controller", "worker"],
  ]);
  expect(endpoints(plan)).toEqual({
    dynamodb: "http://127.0.0.1:2",
    sqs: "http://127.0.0.1:3",
    s3: "http://127.0.0.1:3",
    claude: "http://127.0.0.1:4",
  });
});

test.each([{}, { AWS_ENDPOINT_URL: "http://127.0.0.1:4566" }, { ANTHROPIC_API_KEY: "k" }])(
  "every program gets an environment that its schema takes (%j)",
  (env) => {
    const plan = aPlan(env);
    parseEnv(apiEnv, envOf(plan, "api"));
    parseEnv(controllerEnv, envOf(plan, "controller"));
    expect(parseEnv(workerEnv, envOf(plan, "worker")).MUSTER_SLOTS).toBe(200);
  },
);

test.each([
  ["embedded servers", {}],
  ["an endpoint", { AWS_ENDPOINT_URL: "http://127.0.0.1:4566" }],
])("no secret of the user reaches a program; what it needs of the machine does (%s)", (_, more) => {
  const secrets = {
    GITHUB_TOKEN: "ghp_secret",
    OPENAI_API_KEY: "sk-secret",
    DATABASE_URL: "postgres://me:secret@db",
    SSH_AUTH_SOCK: "/secret",
    ANTHROPIC_AUTH_TOKEN: "secret",
    npm_config__authToken: "secret",
    NODE_AUTH_TOKEN: "secret",
    MUSTER_API_KEY: "mk_secret",
  };
  const machine = {
    PATH: "/bin",
    HOME: "/somewhere",
    LC_ALL: "C",
    NODE_OPTIONS: "--trace-warnings",
    NODE_EXTRA_CA_CERTS: "/certificates.pem",
    MUSTER_PLANS: "{}",
    MUSTER_VERSION: "7",
  };
  const plan = aPlan({ ...secrets, ...machine, ...more });
  for (const { role, env } of specs(plan)) {
    for (const name of Object.keys(secrets)) expect({ role, [name]: env[name] }).toEqual({ role });
    expect({ role, ...env }).toMatchObject({ role, ...machine });
  }
});

test("keys of other platforms are a worker's alone; those of AWS are taken where AWS is not embedded", () => {
  const env = { ANTHROPIC_AWS_API_KEY: "key", AWS_BEARER_TOKEN_BEDROCK: "token", AWS_SECRET_ACCESS_KEY: "mine" };
  const embedded = aPlan(env);
  expect(envOf(embedded, "worker")).toMatchObject({ ANTHROPIC_AWS_API_KEY: "key", AWS_BEARER_TOKEN_BEDROCK: "token" });
  expect(envOf(embedded, "worker").AWS_SECRET_ACCESS_KEY).toBe("embedded");
  for (const role of ["api", "controller", "claude"]) {
    expect(envOf(embedded, role)).not.toHaveProperty("ANTHROPIC_AWS_API_KEY");
    expect(envOf(embedded, role)).not.toHaveProperty("AWS_BEARER_TOKEN_BEDROCK");
  }
  const elsewhere = aPlan({ ...env, AWS_ENDPOINT_URL: "http://127.0.0.1:4566" });
  expect(envOf(elsewhere, "api").AWS_SECRET_ACCESS_KEY).toBe("mine");
  expect(envOf(elsewhere, "api")).not.toHaveProperty("AWS_BEARER_TOKEN_BEDROCK");
});

test("an endpoint replaces the embedded servers, a service's own endpoint wins", () => {
  const plan = aPlan({ AWS_ENDPOINT_URL: "http://localhost:4566", AWS_ENDPOINT_URL_SQS: "http://localhost:9" });
  expect(specs(plan).map((spec) => spec.role)).not.toContain("dynamodb");
  expect(endpoints(plan)).toMatchObject({ dynamodb: "http://localhost:4566", sqs: "http://localhost:9" });
});

test("the key of Claude is in the worker's environment and in no other", () => {
  const plan = aPlan({ ANTHROPIC_API_KEY: "secret", ANTHROPIC_AUTH_TOKEN: "secret" });
  expect(envOf(plan, "worker")).toMatchObject({ ANTHROPIC_API_KEY: "secret" });
  for (const spec of specs(plan))
    if (spec.role !== "worker") expect(JSON.stringify(spec.env), spec.role).not.toContain("secret");
  expect(specs(plan).map((spec) => spec.role)).not.toContain("claude");
});

test("keys and profile of an account never reach programs that talk to embedded servers", () => {
  const plan = aPlan({
    AWS_ACCESS_KEY_ID: "AKIA",
    AWS_SECRET_ACCESS_KEY: "mine",
    AWS_SESSION_TOKEN: "t",
    AWS_PROFILE: "p",
  });
  for (const role of ["api", "controller", "worker"]) {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE } = envOf(plan, role);
    expect([AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY]).toEqual(["embedded", "embedded"]);
    expect([AWS_SESSION_TOKEN, AWS_PROFILE]).toEqual([undefined, undefined]);
  }
});

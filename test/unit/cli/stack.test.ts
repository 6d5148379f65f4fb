/** Commands that ask an AWS account: what they find, write and refuse. */
import { expect, test } from "vitest";
import { runCli } from "../../../services/cli/program.ts";
import { quotaFinding } from "../../../services/cli/stack/account-findings.ts";
import type { ApiKey } from "../../../services/contract/keys.ts";
import { profiles } from "../../../services/contract/profiles.ts";
import { stackName, stackOutputs, stackParts } from "../../../services/contract/stacks.ts";
import { sha256 } from "../../../services/core/digest.ts";
import { quotaNeeds } from "../../../services/core/quota-needs.ts";
import type { Account, ImageState, SecretState, StackView } from "../../../services/ports/account.ts";
import { cliContext } from "../../support/cli-context.ts";

const { Api, Fleet } = stackOutputs;

/** An account with one installation, `blue`, as its stacks would tell of it. */
type More = { secret?: SecretState; quota?: number; status?: string; bootstrap?: boolean; image?: ImageState };
function anAccount(more: More = {}) {
  const stored: ApiKey[] = [];
  const outputs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    [stackName("blue", "Api")]: {
      [Api.url]: "http://127.0.0.1:1/v/",
      [Api.installation]: "blue",
      [Api.table]: "blue-table",
      [Api.profile]: "small",
    },
    [stackName("blue", "Fleet")]: {
      [Fleet.claudeSecret]: "secret-one",
      [Fleet.workerImage]: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker:1",
      [Fleet.bounds]: JSON.stringify(profiles.small.pools),
    },
  };
  const names = [
    ...stackParts.map((part) => stackName("blue", part)),
    ...(more.bootstrap === false ? [] : ["CDKToolkit"]),
  ];
  const account: Account = {
    stack: async (name): Promise<StackView | undefined> =>
      names.includes(name)
        ? { name, status: more.status ?? "CREATE_COMPLETE", outputs: outputs[name] ?? {} }
        : undefined,
    quota: async () => more.quota ?? 10_000,
    hasRole: async () => true,
    secret: async () => more.secret ?? "key",
    image: async () => more.image ?? "there",
    keys: async (table) => ({
      find: async () => undefined,
      list: async () => [],
      put: async (key) => {
        expect(table).toBe("blue-table");
        stored.push(key);
      },
    }),
  };
  return { account, stored };
}

/** Runs a command line against an account. */
async function run(line: string, account: Account | Error) {
  const [said, noted]: [string[], string[]] = [[], []];
  const code = await runCli(
    line.split(" "),
    cliContext({
      root: new URL("../../..", import.meta.url).pathname,
      builder: {
        look: async () => ({ kind: "ready", command: "docker", os: "linux", arch: "amd64", version: "28.1.0" }),
      },
      account: async () => {
        if (account instanceof Error) throw account;
        return account;
      },
      stdout: { isTTY: false, write: (text) => void said.push(text) },
      stderr: { isTTY: false, write: (text) => void noted.push(text) },
    }),
  );
  const [out, err] = [said.join(""), noted.join("")];
  const json = (): unknown => JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  return { code, out, err, json };
}

test("keys create --stack writes the digest of an operator's key into the table that the stack names", async () => {
  const { account, stored } = anAccount();
  const made = await run("keys create --stack blue", account);
  expect(made.code).toBe(0);
  const key = made.out.trim();
  expect(key).toMatch(/^mk_/);
  expect(stored).toMatchObject([{ hash: sha256(key), role: "operator", tenant: "operators" }]);
  expect(JSON.stringify(stored)).not.toContain(key);
  expect(made.err).toContain("MUSTER_URL=http://127.0.0.1:1/v");
});

test("keys create --stack takes what is said of the key, and the stack's own name", async () => {
  const { account, stored } = anAccount();
  const made = await run("keys create --stack BlueApi --tenant acme --role tenant --name ci --json", account);
  expect(made.json()).toMatchObject({ tenant: "acme", role: "tenant", url: "http://127.0.0.1:1/v" });
  expect(stored).toMatchObject([{ tenant: "acme", role: "tenant", name: "ci" }]);
});

test("without --stack a key still needs its tenant and name", async () => {
  expect((await run("keys create --tenant acme", new Error("not asked"))).code).toBe(2);
});

test.each(["keys create --stack green", "status --stack green", "load --stack green"])(
  "%s: no such stack is said with its name",
  async (line) => {
    const { code, err } = await run(line, anAccount().account);
    expect(code).toBe(1);
    expect(err).toContain("no stack GreenApi");
  },
);

test.each([
  ["Could not load credentials from any providers", "sign in"],
  ["Region is missing", "AWS_REGION"],
  ["User: x is not authorized to perform: cloudformation:DescribeStacks", "credentials that may do this"],
])("what AWS refuses is told with its mend: %s", async (message, mend) => {
  const cause = new Error(message);
  const { code, err } = await run("keys create --stack blue", new Error("DescribeStacks: failed", { cause }));
  expect(code).toBe(1);
  expect(err).toContain(message);
  expect(err).toContain(mend);
});

test("status tells stacks that are not settled and an API that does not answer", async () => {
  const { code, json } = await run(
    "status --stack blue --json",
    anAccount({ status: "UPDATE_ROLLBACK_FAILED" }).account,
  );
  expect(code).toBe(1);
  expect(json()).toMatchObject({
    ok: false,
    answers: false,
    installation: { name: "blue", profile: "small" },
    wrong: expect.arrayContaining(["stack BlueFleet is UPDATE_ROLLBACK_FAILED"]),
  });
});

test("doctor --aws is content with an account that has everything", async () => {
  const { code, out } = await run("doctor --aws --stack blue", anAccount().account);
  expect(out).toContain("claude key");
  expect(out).not.toMatch(/^wrong/m);
  expect(code).toBe(0);
});

test.each([
  ["no key in the secret", { secret: "other" }, "put-secret-value --secret-id secret-one"],
  ["an account that was never prepared", { bootstrap: false }, "npx cdk bootstrap"],
  ["a quota below one machine", { quota: 1 }, "request-service-quota-increase --service-code ec2"],
  ["an image for other processors", { image: "other-platform" }, "build it with --platform linux/arm64"],
  ["a stack that failed", { status: "ROLLBACK_COMPLETE" }, "npx cdk deploy --all"],
] as const)("doctor --aws: %s is wrong, and how to mend it is said", async (_, more, mend) => {
  const { code, out } = await run("doctor --aws --stack blue", anAccount(more).account);
  expect(code).toBe(1);
  expect(out).toContain(mend);
});

test("doctor --aws looks at quotas before anything is deployed, for the profile that is asked about", async () => {
  const { out } = await run("doctor --aws --stack green --profile surge", anAccount({ quota: 500 }).account);
  expect(out).toContain("500 of 1600 that the fleet may grow to");
  expect(out).toContain("no installation green");
});

test("quotas that AWS does not tell are not guessed", () => {
  const [spot] = quotaNeeds(profiles.surge.pools);
  if (spot === undefined) throw new Error("no needs");
  expect(spot).toMatchObject({ need: 1_600, least: 2 });
  expect(quotaFinding(spot, undefined).level).toBe("skipped");
  expect([1, 2, 1_599, 1_600].map((has) => quotaFinding(spot, has).level)).toEqual(["wrong", "warn", "warn", "ok"]);
});

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("../../", import.meta.url));
const settings = z
  .object({ app: z.string(), context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")));
const folder = mkdtempSync(join(tmpdir(), "muster-app-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A bound, not a measure: other work may share the machine. */
const SYNTH_MS = 300_000;

/** Everything that can be asked for, as far as it goes together. */
const everything = {
  name: "all-of-it",
  profile: "surge",
  network: { kind: "private" },
  api: {
    waf: true,
    cloudFront: true,
    domain: { name: "api.example.com", certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/one" },
  },
  alarms: { high: ["ops@example.com"], medium: ["ops@example.com"], low: ["ops@example.com"], monthlyUsd: 5_000 },
};
const given = {
  network: {
    kind: "own",
    vpcId: "vpc-0123456789abcdef0",
    availabilityZones: ["eu-west-1a", "eu-west-1b"],
    subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    publicAddresses: false,
  },
  claude: { secretName: "team/claude" },
  driver: "cloudwatch",
  pools: { onDemand: { min: 1 } },
  worker: { image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/worker:7" },
  keeping: "dispose",
};

test.each([
  { what: "nothing", file: {}, stack: "MusterState" },
  { what: "everything", file: everything, stack: "AllOfItState" },
  { what: "what others own", file: given, stack: "MusterState" },
])(
  "the app of cdk.json, asked for $what: neither CloudFormation's own rules nor those of AWS Solutions find anything",
  async ({ file, stack }) => {
    const outdir = mkdtempSync(join(folder, "app-"));
    const config = join(outdir, "muster.config.json");
    writeFileSync(config, JSON.stringify(file));
    const [program, ...args] = settings.app.split(" ");
    expect(program).toBe("node");
    const context = JSON.stringify({ ...settings.context, config });
    const env = { ...process.env, CDK_OUTDIR: join(outdir, "cdk.out"), CDK_CONTEXT_JSON: context };
    await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: SYNTH_MS });
    const report = z
      .object({ pluginReports: z.array(z.unknown()) })
      .parse(JSON.parse(readFileSync(join(outdir, "cdk.out", "validation-report.json"), "utf8")));
    expect(report.pluginReports).toEqual([]);
    expect(readFileSync(join(outdir, "cdk.out", "manifest.json"), "utf8")).toContain(stack);
  },
  SYNTH_MS + 10_000,
);

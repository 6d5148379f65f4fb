import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
const outdir = mkdtempSync(join(tmpdir(), "muster-app-"));
afterAll(() => rmSync(outdir, { recursive: true }));

test("the app of cdk.json synthesises, and CloudFormation's own rules find nothing wrong with it", async () => {
  const [program, ...args] = settings.app.split(" ");
  expect(program).toBe("node");
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(settings.context) };
  await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: 60_000 });
  const report = z
    .object({ pluginReports: z.array(z.unknown()) })
    .parse(JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8")));
  expect(report.pluginReports).toEqual([]);
  const manifest = readFileSync(join(outdir, "manifest.json"), "utf8");
  expect(manifest).toContain("MusterState");
}, 90_000);

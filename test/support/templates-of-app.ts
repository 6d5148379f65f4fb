/** Templates as the app of `cdk.json` writes them, by another process: the CDK's types are not for the rest of the house. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { type StackPart, stackName, stackParts } from "../../services/contract/stacks.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const template = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })).optional(),
});
export type StackTemplate = z.infer<typeof template>;

/** A bound, not a measure: other work may share the machine. */
const SYNTH_MS = 300_000;

/** The templates of an installation, by stack. AWS's own rules are for the infrastructure's tests: they are left out here. */
export async function templatesOfApp(file: {
  readonly name: string;
}): Promise<Readonly<Record<string, StackTemplate>>> {
  const folder = mkdtempSync(join(tmpdir(), "muster-templates-"));
  try {
    const { app, context } = z
      .object({ app: z.string(), context: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")));
    const config = join(folder, "muster.config.json");
    writeFileSync(config, JSON.stringify(file));
    const given = { ...context, config, "@aws-cdk/core:validateAgainstDefaultRules": false };
    const env = { ...process.env, CDK_OUTDIR: join(folder, "cdk.out"), CDK_CONTEXT_JSON: JSON.stringify(given) };
    await promisify(execFile)(process.execPath, app.split(" ").slice(1), { cwd: root, env, timeout: SYNTH_MS });
    const read = (part: StackPart) =>
      template.parse(
        JSON.parse(readFileSync(join(folder, "cdk.out", `${stackName(file.name, part)}.template.json`), "utf8")),
      );
    return Object.fromEntries(stackParts.map((part) => [part, read(part)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

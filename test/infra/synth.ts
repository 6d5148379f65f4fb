/** Synthesised templates of a deployment, made once for each configuration of a test run, whichever file asks first. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, type Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { inject } from "vitest";
import { z } from "zod";
import { type DeploymentFile, resolveDeployment } from "../../lib/config/deployment.ts";
import { addStacks } from "../../lib/muster.ts";
import { sha256 } from "../../services/core/digest.ts";

export const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8")));

const template = z.record(z.string(), z.unknown());
const templates = z.object({
  state: template,
  fleet: template,
  api: template,
  control: template,
  observe: template,
});
export type Templates = Readonly<Record<keyof z.infer<typeof templates>, Template>>;

function synthesise(file: DeploymentFile, folder: string): z.infer<typeof templates> {
  const app = new App({ outdir: mkdtempSync(join(folder, "app-")), context, builtinCloudFormationValidation: false });
  const { state, fleet, front, control, observe } = addStacks(app, resolveDeployment(file));
  const of = (stack: Stack) => Template.fromStack(stack).toJSON();
  return { state: of(state), fleet: of(fleet), api: of(front), control: of(control), observe: of(observe) };
}

const made = new Map<string, Templates>();

function readOrMake(file: DeploymentFile): Templates {
  const folder = inject("synthFolder");
  const path = join(folder, `${sha256(JSON.stringify(file))}.json`);
  if (!existsSync(path)) writeFileSync(path, JSON.stringify(synthesise(file, folder)));
  const read = templates.parse(JSON.parse(readFileSync(path, "utf8")));
  const { state, fleet, api, control, observe } = read;
  return {
    state: Template.fromJSON(state),
    fleet: Template.fromJSON(fleet),
    api: Template.fromJSON(api),
    control: Template.fromJSON(control),
    observe: Template.fromJSON(observe),
  };
}

/** Templates of the stacks that a configuration file makes. The worker's image is named, so that nothing is built. */
export function templatesOf(file: DeploymentFile = {}): Templates {
  const whole: DeploymentFile = { ...file, worker: { image: "example.com/worker:1", ...file.worker } };
  const key = JSON.stringify(whole);
  const known = made.get(key) ?? readOrMake(whole);
  made.set(key, known);
  return known;
}

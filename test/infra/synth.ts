/** Synthesised templates of a deployment, made once for each configuration. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll } from "vitest";
import { z } from "zod";
import { type DeploymentFile, resolveDeployment } from "../../lib/config/deployment.ts";
import { addStacks } from "../../lib/muster.ts";

export const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8")));

const outdir = mkdtempSync(join(tmpdir(), "muster-synth-"));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

function synthesise(file: DeploymentFile) {
  const app = new App({ outdir: mkdtempSync(join(outdir, "app-")), context, builtinCloudFormationValidation: false });
  const { state, fleet, front, control, observe } = addStacks(app, resolveDeployment(file));
  return {
    state: Template.fromStack(state),
    fleet: Template.fromStack(fleet),
    api: Template.fromStack(front),
    control: Template.fromStack(control),
    observe: Template.fromStack(observe),
  };
}

export type Templates = ReturnType<typeof synthesise>;
const made = new Map<string, Templates>();

/** Templates of the stacks that a configuration file makes. The worker's image is named, so that nothing is built. */
export function templatesOf(file: DeploymentFile = {}): Templates {
  const whole: DeploymentFile = { ...file, worker: { image: "example.com/worker:1", ...file.worker } };
  const key = JSON.stringify(whole);
  const templates = made.get(key) ?? synthesise(whole);
  made.set(key, templates);
  return templates;
}

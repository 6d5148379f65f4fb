/** Whether `cdk deploy` can have the worker's image: built here, or named in the configuration. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { BuilderState } from "../../ports/image-builder.ts";
import type { CliContext } from "../context.ts";
import { type Finding, ok, wrong } from "./finding.ts";

const CHECK = "image build";
const ELSEWHERE =
  'name an image for linux/arm64 that was built elsewhere: {"worker": {"image": "..."}} in muster.config.json';
const configuration = z.looseObject({ worker: z.looseObject({ image: z.string().optional() }).optional() });

/** The image that the project's configuration file names; undefined without one. A file that cannot be read names none: synthesis tells. */
export function namedImage({ root }: Pick<CliContext, "root">): string | undefined {
  const path = join(root, "muster.config.json");
  if (!existsSync(path)) return undefined;
  try {
    return configuration.parse(JSON.parse(readFileSync(path, "utf8"))).worker?.image;
  } catch {
    return undefined;
  }
}

/** The worker runs on Graviton; its image is only copied together, so that a builder of any processor can make it. Pure. */
export function builderFinding(state: BuilderState): Finding {
  const { command } = state;
  if (state.kind === "absent") return wrong(CHECK, `there is no ${command} here`, `install Docker, or ${ELSEWHERE}`);
  if (state.kind === "silent")
    return wrong(CHECK, `${command} does not answer: ${state.because}`, `start it, or ${ELSEWHERE}`);
  const { os, arch, version } = state;
  if (os !== "linux")
    return wrong(
      CHECK,
      `${command} builds for ${os}, workers run on linux/arm64`,
      `switch it to Linux, or ${ELSEWHERE}`,
    );
  return ok(CHECK, `${command} ${version} on ${arch} builds for linux/arm64: nothing is run while it builds`);
}

/** Looks at the builder only where an image is to be built. What is deployed already needs one only for the next deployment. */
export async function checkImageBuild(context: CliContext, deployed: boolean): Promise<Finding> {
  const named = namedImage(context);
  if (named !== undefined) return ok(CHECK, `not needed: the configuration names ${named}`);
  const found = builderFinding(await context.builder.look());
  return deployed && found.level === "wrong" ? { ...found, level: "warn" } : found;
}

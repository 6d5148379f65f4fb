/** The image of the worker: the bundle on a small pinned base, or one that was built elsewhere. */
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Platform } from "aws-cdk-lib/aws-ecr-assets";
import { ContainerImage } from "aws-cdk-lib/aws-ecs";
import { bundleOnce } from "../bundling/bundle.ts";

const dockerfile = fileURLToPath(new URL("../../services/worker/Dockerfile", import.meta.url));

/** What the container starts, and what that starts in turn. */
export const WORKER_ENTRIES = ["worker/supervisor/main.ts", "worker/main.ts"] as const;

/** Writes what the image is made of into a new folder; Docker is needed only when it is deployed. */
export function stageWorkerImage(): string {
  const outdir = mkdtempSync(join(tmpdir(), "muster-worker-"));
  cpSync(bundleOnce({ entries: WORKER_ENTRIES, agents: true }).outdir, join(outdir, "bundle"), { recursive: true });
  cpSync(dockerfile, join(outdir, "Dockerfile"));
  return outdir;
}

/** `uri` names an image that exists. */
export const workerImage = (uri: string | undefined): ContainerImage =>
  uri === undefined
    ? ContainerImage.fromAsset(stageWorkerImage(), { platform: Platform.LINUX_ARM64 })
    : ContainerImage.fromRegistry(uri);

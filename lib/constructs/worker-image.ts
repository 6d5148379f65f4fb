/** The image of the worker: the bundle on a small pinned base, or one that was built elsewhere. */
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Aws } from "aws-cdk-lib";
import { Repository } from "aws-cdk-lib/aws-ecr";
import { Platform } from "aws-cdk-lib/aws-ecr-assets";
import { ContainerImage } from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
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

/** An image in a registry of AWS: account, Region, repository, tag or digest. */
const ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+)|@(sha256:[0-9a-f]{64}))$/;

/** `uri` names an image that exists; tasks may pull it where it lies in a registry of AWS. */
export function workerImage(scope: Construct, uri: string | undefined): ContainerImage {
  if (uri === undefined) return ContainerImage.fromAsset(stageWorkerImage(), { platform: Platform.LINUX_ARM64 });
  const [, account, region, repositoryName, tag, digest] = ECR.exec(uri) ?? [];
  const version = tag ?? digest;
  if (repositoryName === undefined || version === undefined) return ContainerImage.fromRegistry(uri);
  const repositoryArn = `arn:${Aws.PARTITION}:ecr:${region}:${account}:repository/${repositoryName}`;
  const repository = Repository.fromRepositoryAttributes(scope, "WorkerRepository", { repositoryArn, repositoryName });
  return ContainerImage.fromEcrRepository(repository, version);
}

/** The account of the SDK's own chain of credentials and Region. Clients are loaded when they are needed: most commands need one. */
import { z } from "zod";
import { limits } from "../../contract/limits.ts";
import type { Account, ImageState, QuotaName, SecretState, StackView } from "../../ports/account.ts";
import type { Chance, Clock } from "../../ports/clock.ts";
import { boundedCalls } from "./bounded-client.ts";
import { call, errorName } from "./call.ts";
import { dynamoKeyStore } from "./key-store.ts";
import { tableIo } from "./table-io.ts";

/** Bounds of every call. Region, credentials and endpoints are those of the environment. */
const shared = boundedCalls(limits.accountCallMs);

/** The account that the surroundings name; nothing is asked before the first call. */
export function awsAccount({ clock, chance }: { readonly clock: Clock; readonly chance: Chance }): Account {
  return {
    stack,
    quota,
    hasRole,
    secret,
    image,
    async keys(table) {
      const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
      return dynamoKeyStore(tableIo({ dynamo: new DynamoDBClient(shared), table, clock, chance }));
    },
  };
}

/** The answer, or undefined when the service says that there is no such thing. */
async function unlessAbsent<T>(operation: string, absent: RegExp, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof Error && absent.test(`${errorName(cause)}: ${cause.message}`)) return undefined;
    return call(operation, Promise.reject(cause));
  }
}

async function stack(name: string): Promise<StackView | undefined> {
  const { CloudFormationClient, DescribeStacksCommand } = await import("@aws-sdk/client-cloudformation");
  const client = new CloudFormationClient(shared);
  const asked = client.send(new DescribeStacksCommand({ StackName: name }));
  const answer = await unlessAbsent("DescribeStacks", /does not exist/, asked);
  const found = answer?.Stacks?.[0];
  if (found === undefined) return undefined;
  const outputs = (found.Outputs ?? []).flatMap(({ OutputKey: key, OutputValue: value }) =>
    key === undefined || value === undefined ? [] : [[key, value] as const],
  );
  return { name, status: found.StackStatus ?? "UNKNOWN", outputs: Object.fromEntries(outputs) };
}

async function quota({ service, code }: QuotaName): Promise<number | undefined> {
  const { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand, ServiceQuotasClient } = await import(
    "@aws-sdk/client-service-quotas"
  );
  const client = new ServiceQuotasClient(shared);
  const which = { ServiceCode: service, QuotaCode: code };
  const none = /NoSuchResourceException/;
  // An account whose quota was never changed has none of its own.
  const own = await unlessAbsent("GetServiceQuota", none, client.send(new GetServiceQuotaCommand(which)));
  if (own?.Quota?.Value !== undefined) return own.Quota.Value;
  const usual = client.send(new GetAWSDefaultServiceQuotaCommand(which));
  return (await unlessAbsent("GetAWSDefaultServiceQuota", none, usual))?.Quota?.Value;
}

async function hasRole(name: string): Promise<boolean> {
  const { GetRoleCommand, IAMClient } = await import("@aws-sdk/client-iam");
  const asked = new IAMClient(shared).send(new GetRoleCommand({ RoleName: name }));
  return (await unlessAbsent("GetRole", /NoSuchEntity/, asked)) !== undefined;
}

/** Whether there is such a secret: one that was never given a value answers as if it were not there when it is read. */
async function isSecret(id: string): Promise<boolean> {
  const { DescribeSecretCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const asked = new SecretsManagerClient(shared).send(new DescribeSecretCommand({ SecretId: id }));
  return (await unlessAbsent("DescribeSecret", /ResourceNotFound/, asked)) !== undefined;
}

async function secret(id: string): Promise<SecretState> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const asked = new SecretsManagerClient(shared).send(new GetSecretValueCommand({ SecretId: id }));
  const answer = await unlessAbsent("GetSecretValue", /ResourceNotFound/, asked);
  if (answer === undefined) return (await isSecret(id)) ? "other" : "absent";
  return answer.SecretString?.trim().startsWith("sk-ant-") ? "key" : "other";
}

/** Account, Region, repository, tag or digest of an image in a registry of AWS. */
const ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+)|@(sha256:[0-9a-f]{64}))$/;

/** An index names the platforms of its images; a single image does not say its own here. */
const imageIndex = z.object({
  manifests: z.array(z.object({ platform: z.object({ os: z.string(), architecture: z.string() }).optional() })),
});
const INDEXES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const SINGLE = ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];

/** Whether a manifest may be run by workers: it names their platform, or none at all. */
function isForWorkers(manifest: string): boolean {
  const index = imageIndex.safeParse(JSON.parse(manifest));
  if (!index.success) return true;
  return index.data.manifests.some(({ platform }) => platform?.os === "linux" && platform.architecture === "arm64");
}

async function image(uri: string): Promise<ImageState> {
  const [, registryId, region, repositoryName, imageTag, imageDigest] = ECR.exec(uri) ?? [];
  if (registryId === undefined || region === undefined || repositoryName === undefined) return "elsewhere";
  const { BatchGetImageCommand, ECRClient } = await import("@aws-sdk/client-ecr");
  const imageId = imageTag === undefined ? { imageDigest } : { imageTag };
  const which = { registryId, repositoryName, imageIds: [imageId], acceptedMediaTypes: [...INDEXES, ...SINGLE] };
  const asked = new BatchGetImageCommand(which);
  const answered = new ECRClient({ ...shared, region }).send(asked);
  const answer = await unlessAbsent("BatchGetImage", /RepositoryNotFound/, answered);
  const [found] = answer?.images ?? [];
  if (found === undefined) return "absent";
  return isForWorkers(found.imageManifest ?? "{}") ? "there" : "other-platform";
}

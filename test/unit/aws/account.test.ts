import { BatchGetImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeEach, expect, test } from "vitest";
import { awsAccount } from "../../../services/adapters/aws/account.ts";
import { systemChance } from "../../../services/adapters/system/chance.ts";
import { systemClock } from "../../../services/adapters/system/clock.ts";

const ecr = mockClient(ECRClient);
beforeEach(() => ecr.reset());
afterAll(() => ecr.restore());

const { image } = awsAccount({ clock: systemClock, chance: systemChance });
const uri = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/worker:7";
const platform = (architecture: string) => ({ platform: { os: "linux", architecture } });
const answer = (manifest: object) =>
  ecr.on(BatchGetImageCommand).resolves({ images: [{ imageManifest: JSON.stringify(manifest) }] });

test("an image must be for the workers' processors, where its index tells for which it is", async () => {
  answer({ manifests: [platform("amd64"), platform("unknown")] });
  expect(await image(uri)).toBe("other-platform");
  answer({ manifests: [platform("amd64"), platform("arm64")] });
  expect(await image(uri)).toBe("there");
  // A single image does not say it in its manifest.
  answer({ config: {}, layers: [] });
  expect(await image(uri)).toBe("there");
  const [call] = ecr.commandCalls(BatchGetImageCommand);
  expect(call?.args[0].input).toMatchObject({
    registryId: "111122223333",
    repositoryName: "team/worker",
    imageIds: [{ imageTag: "7" }],
    acceptedMediaTypes: expect.arrayContaining(["application/vnd.oci.image.index.v1+json"]),
  });
});

test("one that is not there is absent; another registry is not asked", async () => {
  ecr.on(BatchGetImageCommand).resolves({ images: [] });
  expect(await image(uri)).toBe("absent");
  expect(await image("example.com/worker:1")).toBe("elsewhere");
  expect(ecr.commandCalls(BatchGetImageCommand)).toHaveLength(1);
});

import { describe, test } from "vitest";
import { awsContracts } from "../contract/aws.contract.ts";

const endpoint = process.env.AWS_ENDPOINT_URL;

if (endpoint === undefined || endpoint === "") {
  describe("AWS adapters over another endpoint", () => {
    test.skip("every contract suite (skipped: AWS_ENDPOINT_URL is not set)", () => undefined);
  });
} else {
  awsContracts(`AWS adapters over ${endpoint}`, async () => ({
    endpoints: { dynamodb: endpoint, sqs: endpoint, s3: endpoint },
    stop: async () => undefined,
  }));
}

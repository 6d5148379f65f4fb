import { createHash, createHmac } from "node:crypto";
import { HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { jsonSigner } from "../../../services/adapters/aws/signer.ts";

class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : Buffer.from(secret as Uint8Array));
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }
  reset(): void {}
}

const at = new Date("2026-11-21T11:42:33.123Z");
const longLived = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const temporary = { accessKeyId: "A", secretAccessKey: "b", sessionToken: "t" };
const cases = [longLived, temporary].flatMap((keys) =>
  ["{}", '{"a":"ü🎉"}', Buffer.from("bytes"), undefined].flatMap((body) =>
    ["dynamodb", "sqs"].map((service) => ({ keys, body, service })),
  ),
);

test.each(cases)("signs as the SDK does, also a second time ($service, $body)", async ({ keys, body, service }) => {
  const request = () =>
    new HttpRequest({
      method: "POST",
      hostname: "example",
      path: "/",
      headers: {
        Host: "example:8000",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": " Api.Call  x ",
        "user-agent": "u",
        "amz-sdk-request": "attempt=1; max=3",
        "X-Amzn-Trace-Id": "Root=1",
      },
      body,
    });
  const region = "eu-west-1";
  const sdk = new SignatureV4({ service, region, credentials: keys, sha256: Sha256, uriEscapePath: true });
  const own = jsonSigner({ service, region, now: () => at, keys: async () => keys });
  const expected = await sdk.sign(request(), { signingDate: at });
  const once = await own.sign(request());
  const again = await own.sign(once, { signingDate: at });
  expect(again.headers.authorization).toBe(expected.headers.authorization);
});

import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lambdaWaker } from "../../../services/adapters/aws/lambda-waker.ts";
import { isWake } from "../../../services/contract/shift-event.ts";
import { httpStandIn } from "../../support/http-stand-in.ts";

const PATH = "/2015-03-31/functions/muster-controller/invocations";
const at = new Date("2026-11-21T11:42:33.123Z");
const keys = async () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" });

type StandIn = Awaited<ReturnType<typeof httpStandIn>>;
let [good, bad]: StandIn[] = [];
beforeAll(async () => {
  good = await httpStandIn({ status: 202, type: "application/json", body: "" });
  bad = await httpStandIn({ status: 403, type: "application/json", body: '{"Message":"not authorized"}' });
});
afterAll(() => {
  good?.close();
  bad?.close();
});
const waking = (server: StandIn | undefined) =>
  lambdaWaker({ url: `${server?.url}${PATH}`, region: "us-east-1", now: () => at, keys }).wake();

test("one signed call that waits for nothing, and that the controller knows as such", async () => {
  await waking(good);
  expect(good?.kept).toHaveLength(1);
  const { path, headers, body } = good?.kept[0] ?? { path: "", headers: {}, body: "" };
  expect(path).toBe(PATH);
  expect(headers["x-amz-invocation-type"]).toBe("Event");
  expect(headers["x-amz-security-token"]).toBe("token");
  expect(headers["x-amz-content-sha256"]).toBe(createHash("sha256").update(body).digest("hex"));
  expect(headers.authorization).toMatch(
    /Credential=AKIDEXAMPLE\/20261121\/us-east-1\/lambda\/aws4_request, SignedHeaders=[^,]*host;[^,]*x-amz-invocation-type/,
  );
  expect(isWake(JSON.parse(body))).toBe(true);
  expect(isWake({ source: "aws.events" })).toBe(false);
});

test("a refusal is an error that says what was refused", async () => {
  await expect(waking(bad)).rejects.toThrow("the controller was not woken: 403");
});

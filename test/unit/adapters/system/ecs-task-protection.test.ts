import { afterEach, beforeEach, expect, test } from "vitest";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { ecsTaskProtection } from "../../../../services/adapters/system/ecs-task-protection.ts";
import { timedHttp } from "../../../../services/adapters/system/timed-http.ts";
import { limits } from "../../../../services/contract/limits.ts";
import { aTimeMs } from "../../../support/builders.ts";
import { eventually } from "../../../support/eventually.ts";
import { type MetadataServer, metadataServer } from "../../../support/metadata-server.ts";

let server: MetadataServer;
beforeEach(async () => {
  server = await metadataServer();
});
afterEach(() => server.close());

const made = () => {
  const clock = manualClock(aTimeMs);
  return { clock, protection: ecsTaskProtection({ agentUri: server.url, http: timedHttp(fetch, clock) }) };
};

test("it asks the agent for the time that the limits say, and to give it up", async () => {
  const { protection } = made();
  expect(await protection.protect()).toEqual({ kind: "done" });
  expect(await protection.release()).toEqual({ kind: "done" });
  expect(server.protections).toEqual([
    { ProtectionEnabled: true, ExpiresInMinutes: limits.protectionMs / 60_000 },
    { ProtectionEnabled: false },
  ]);
});

test.each([
  [400, { failure: { Arn: "a", Reason: "DEPLOYMENT_BLOCKED", Detail: "fewer tasks" } }, "blocked"],
  [200, { failure: { Arn: "a", Reason: "DEPLOYMENT_BLOCKED" } }, "blocked"],
  [400, { failure: { Arn: "a", Reason: "TASK_NOT_VALID" } }, "refused"],
  [400, { error: { Arn: "a", Code: "AccessDeniedException", Message: "no" } }, "failed"],
  [200, { protection: { ProtectionEnabled: false } }, "failed"],
  [502, "<html>", "failed"],
])("an answer with status %i and %j is %s", async (status, body, kind) => {
  server.answerProtection(status, body);
  expect(await made().protection.protect()).toMatchObject({ kind });
});

test("an agent that does not answer is a failure after the bound, and the call is aborted", async () => {
  server.fallSilent();
  const { clock, protection } = made();
  const outcome = protection.protect();
  await eventually(() => expect(server.asked).toHaveLength(1));
  await clock.advance(limits.protectionCallMs);
  expect(await outcome).toEqual({ kind: "failed", because: `no answer within ${limits.protectionCallMs} ms` });
});

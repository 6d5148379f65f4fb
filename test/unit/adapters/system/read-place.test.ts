import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock as clock } from "../../../../services/adapters/system/clock.ts";
import { readPlace } from "../../../../services/adapters/system/read-place.ts";
import { timedHttp } from "../../../../services/adapters/system/timed-http.ts";
import { limits } from "../../../../services/contract/limits.ts";
import { aTaskArn, aZone, type MetadataServer, metadataServer } from "../../../support/metadata-server.ts";

const http = timedHttp(fetch, clock);
const instanceId = "i-0b22a22eec53b9321";
let server: MetadataServer;
beforeEach(async () => {
  server = await metadataServer();
  server.say("instance", instanceId);
});
afterEach(() => server.close());

const read = (env: object = server.env) =>
  readPlace({ MUSTER_POOL: "spot", AWS_EC2_METADATA_DISABLED: false, ...env }, { http, clock });

test("a task on an instance knows both", async () => {
  expect(await read()).toEqual({ instanceId, taskArn: aTaskArn, zone: aZone });
});

test("a task of Fargate knows its task; a process on a bare instance its instance", async () => {
  const { AWS_EC2_METADATA_SERVICE_ENDPOINT, ECS_CONTAINER_METADATA_URI_V4 } = server.env;
  expect(await read({ MUSTER_POOL: "fargate", ECS_CONTAINER_METADATA_URI_V4 })).toEqual({
    taskArn: aTaskArn,
    zone: aZone,
  });
  expect(await read({ AWS_EC2_METADATA_SERVICE_ENDPOINT })).toEqual({ instanceId });
});

test("a laptop asks nobody", async () => {
  expect(await read({ MUSTER_POOL: "local" })).toBeUndefined();
  expect(await read({ ...server.env, ECS_CONTAINER_METADATA_URI_V4: undefined, AWS_EC2_METADATA_DISABLED: true })).toBe(
    undefined,
  );
  expect(server.asked).toEqual([]);
});

test("behind a hop limit the task alone is known, within the bound", async () => {
  server.hideInstance();
  const startMs = clock.monotonicMs();
  expect(await read()).toEqual({ taskArn: aTaskArn, zone: aZone });
  expect(clock.monotonicMs() - startMs).toBeLessThan(limits.placeMs + 500);
});

test("a service that never answers delays the start by no more than the bound", async () => {
  server.fallSilent();
  const startMs = clock.monotonicMs();
  expect(await read()).toBeUndefined();
  expect(clock.monotonicMs() - startMs).toBeLessThan(limits.placeMs + 500);
  server.fallSilent(false);
});

test("what is not an id is no id", async () => {
  server.say("instance", "<html>captive portal</html>");
  server.nameTask("task-1");
  expect(await read()).toEqual({ zone: aZone });
});

/** A place that a machine says late, or in parts, is found all the same. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../../services/adapters/system/clock.ts";
import { findPlace } from "../../../../services/adapters/system/find-place.ts";
import type { HttpAnswer, TimedHttp } from "../../../../services/adapters/system/timed-http.ts";
import type { Place } from "../../../../services/contract/fleet.ts";
import { limits } from "../../../../services/contract/limits.ts";
import type { Clock } from "../../../../services/ports/clock.ts";
import { instanceIdOf } from "../../../../services/worker/supervisor/instance-id.ts";
import { aTaskArn, aZone } from "../../../support/metadata-server.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-place-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const instanceId = "i-0b22a22eec53b9321";
const task: HttpAnswer = {
  kind: "answered",
  status: 200,
  text: JSON.stringify({ TaskARN: aTaskArn, AvailabilityZone: aZone }),
};

/** Files are read in the machine's own time; the waits between two tries are skipped, and `between` happens in them. */
function aSearch(http: TimedHttp, between: (file: string) => void) {
  const file = join(folder, "instance-id");
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => (ms === limits.placeAgainMs ? between(file) : systemClock.sleep(ms, signal)),
  };
  const told: Place[] = [];
  const env = {
    MUSTER_POOL: "spot",
    AWS_EC2_METADATA_DISABLED: false,
    ECS_CONTAINER_METADATA_URI_V4: "http://127.0.0.1/v4/me",
    MUSTER_INSTANCE_FILE: file,
  } as const;
  const parts = { http, clock, found: (place: Place) => told.push(place) };
  return { told, done: findPlace(env, parts, new AbortController().signal) };
}

test("a file that is written late is told of as soon as it is there, and what was known before is kept", async () => {
  let asked = 0;
  const http: TimedHttp = async () => (++asked === 2 ? { kind: "failed", because: "slow" } : task);
  const { told, done } = aSearch(http, (file) => writeFileSync(file, `${instanceId}\n`));
  await done;
  expect(told[0]).toEqual({ taskArn: aTaskArn, zone: aZone });
  expect(told.at(-1)).toEqual({ instanceId, taskArn: aTaskArn, zone: aZone });
});

test("a supervisor knows its machine as soon as the id is there, however late; off machines it knows of none", async () => {
  const file = join(folder, "late");
  let looks = 0;
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      if (ms !== limits.placeAgainMs) return systemClock.sleep(ms, signal);
      if (++looks === 3) writeFileSync(file, instanceId);
    },
  };
  const env = { MUSTER_POOL: "spot", AWS_EC2_METADATA_DISABLED: false, MUSTER_INSTANCE_FILE: file } as const;
  const http: TimedHttp = async () => ({ kind: "failed", because: "refused" });
  const over = new AbortController();
  expect(await instanceIdOf((found) => findPlace(env, { http, clock, found }, over.signal))).toBe(instanceId);
  expect(looks).toBe(3);
  const off = { MUSTER_POOL: "fargate", AWS_EC2_METADATA_DISABLED: false } as const;
  expect(await instanceIdOf((found) => findPlace(off, { http, clock, found }, over.signal))).toBeUndefined();
});

test("metadata that answers late is asked again", async () => {
  let looks = 0;
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      if (ms !== limits.placeAgainMs) return systemClock.sleep(ms, signal);
      looks++;
    },
  };
  const http: TimedHttp = async () =>
    looks < 2 ? { kind: "failed", because: "refused" } : { kind: "answered", status: 200, text: instanceId };
  const env = { MUSTER_POOL: "on-demand", AWS_EC2_METADATA_DISABLED: false } as const;
  const told: Place[] = [];
  await findPlace(env, { http, clock, found: (place) => told.push(place) }, new AbortController().signal);
  expect(told).toEqual([{ instanceId }]);
});

test("what never comes is not asked for without end", async () => {
  let asked = 0;
  const http: TimedHttp = async () => {
    asked++;
    return { kind: "failed", because: "refused" };
  };
  const { told, done } = aSearch(http, () => undefined);
  await done;
  expect(told).toEqual([]);
  expect(asked).toBe(limits.placeTries);
});

test("the first look is over before there is a second, and what it found was told by then: a worker beats only after it", async () => {
  const order: string[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      if (ms !== limits.placeAgainMs) return systemClock.sleep(ms, signal);
      order.push("wait");
    },
  };
  const env = { MUSTER_POOL: "on-demand", AWS_EC2_METADATA_DISABLED: false } as const;
  const search = (http: TimedHttp) => {
    const parts = { http, clock, found: () => order.push("found"), looked: () => order.push("looked") };
    return findPlace(env, parts, new AbortController().signal);
  };
  await search(async () => ({ kind: "answered", status: 200, text: instanceId }));
  expect(order).toEqual(["found", "looked"]);
  order.length = 0;
  await search(async () => ({ kind: "failed", because: "refused" }));
  expect(order.slice(0, 2)).toEqual(["looked", "wait"]);
});

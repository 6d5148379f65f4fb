/** The ways of being told to stop, against real HTTP servers that play the metadata services. */
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventRecorder } from "../../../../services/adapters/memory/event-recorder.ts";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { type StopEnv, stopSources } from "../../../../services/adapters/system/stop-sources.ts";
import { timedHttp } from "../../../../services/adapters/system/timed-http.ts";
import { limits } from "../../../../services/contract/limits.ts";
import type { StopNotice } from "../../../../services/core/drain.ts";
import { aTimeMs } from "../../../support/builders.ts";
import { eventually } from "../../../support/eventually.ts";
import { type MetadataServer, metadataServer } from "../../../support/metadata-server.ts";

let server: MetadataServer;
let stop: AbortController;
beforeEach(async () => {
  server = await metadataServer();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await server.close();
});

const noEnv: StopEnv = {
  MUSTER_POOL: "spot",
  MUSTER_STOP_TIMEOUT_MS: undefined,
  AWS_EC2_METADATA_SERVICE_ENDPOINT: undefined,
  AWS_EC2_METADATA_DISABLED: false,
  ECS_CONTAINER_METADATA_URI_V4: undefined,
};

/** Watches every source of this environment. Time passes while a test waits, but not while an answer is on its way. */
function watching(env: Partial<StopEnv>) {
  const clock = manualClock(aTimeMs);
  const events = eventRecorder(clock);
  let onTheirWay = 0;
  const http = timedHttp(async (url, init) => {
    onTheirWay++;
    return fetch(url, init).finally(() => onTheirWay--);
  }, clock);
  const notices: StopNotice[] = [];
  const sources = stopSources({ ...noEnv, ...env }, { signals: new EventEmitter(), http, clock, events });
  for (const source of sources) void source.watch(stop.signal).then((notice) => notices.push(notice));
  const until = <T>(check: () => T) =>
    eventually(async () => {
      if (onTheirWay === 0 || server.isSilent()) await clock.advance(limits.metadataPollMs / 2);
      return check();
    }, 10_000);
  const asked = (path: string) => server.asked.filter((line) => line.endsWith(path)).length;
  return { clock, events, notices, sources, until, asked };
}
const onInstance = () => watching({ AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url });

describe("instance metadata", () => {
  test("a Spot notice gives its deadline, once, with one token for all sources; until then nothing is said", async () => {
    const { until, notices, asked } = onInstance();
    await until(() => expect(asked("instance-action")).toBeGreaterThan(1));
    expect(notices).toEqual([]);
    server.spot(aTimeMs + 120_000);
    await until(() => expect(notices).toHaveLength(1));
    expect(notices[0]).toMatchObject({ source: "spot-terminate", deadlineAtMs: aTimeMs + 120_000 });
    const before = asked("instance-action");
    await until(() => expect(asked("rebalance")).toBeGreaterThan(before + 1));
    expect(asked("instance-action")).toBe(before);
    expect(notices).toHaveLength(1);
    expect(server.tokensMade()).toBe(1);
  });

  test("a rebalance recommendation is a cordon, and a notice may follow", async () => {
    const { until, notices } = onInstance();
    server.rebalance(aTimeMs);
    await until(() => expect(notices).toMatchObject([{ kind: "cordon", source: "rebalance" }]));
    server.spot(aTimeMs + 120_000, "stop");
    await until(() => expect(notices).toMatchObject([{}, { source: "spot-stop" }]));
  });

  test.each(["Terminated", "Warmed:Terminated", "Warmed:Stopped"])("lifecycle state %s is a notice", async (state) => {
    const { until, notices, asked } = onInstance();
    server.lifecycle("InService");
    await until(() => expect(asked("target-lifecycle-state")).toBeGreaterThan(1));
    expect(notices).toEqual([]);
    server.lifecycle(state);
    await until(() => expect(notices).toMatchObject([{ source: "lifecycle-terminated" }]));
  });

  test("what is not a notice is told once and asked for again", async () => {
    const { until, notices, events, asked } = onInstance();
    server.say("spot", "<html>not metadata</html>");
    server.say("rebalance", '{"noticeTime":5}');
    await until(() => expect(asked("instance-action")).toBeGreaterThan(3));
    expect(notices).toEqual([]);
    expect(events.of("stop-source.failed").map(({ source }) => source)).toEqual(["spot", "rebalance"]);
    server.say("spot", '{"action":"terminate","time":"in two minutes"}');
    await until(() => expect(asked("instance-action")).toBeGreaterThan(4));
    server.spot(aTimeMs - 5_000);
    await until(() => expect(notices).toMatchObject([{ deadlineAtMs: aTimeMs - 5_000 }]));
  });

  test("a token that is not taken any more is renewed, and nothing is missed", async () => {
    const { until, notices, asked, events } = onInstance();
    await until(() => expect(asked("instance-action")).toBe(1));
    server.forgetTokens();
    server.spot(aTimeMs + 120_000);
    await until(() => expect(notices).toHaveLength(1));
    expect(server.tokensMade()).toBeGreaterThan(1);
    expect(events.of("stop-source.failed")).toEqual([]);
  });

  test("a token is renewed at half of its life", async () => {
    const { until, clock, asked } = onInstance();
    await until(() => expect(asked("instance-action")).toBe(1));
    stop.abort();
    const { metadata } = await secondLife(clock);
    await metadata.get("spot/instance-action", AbortSignal.any([]));
    await clock.advance(limits.metadataTokenMs / 2);
    const before = server.tokensMade();
    await metadata.get("spot/instance-action", AbortSignal.any([]));
    expect(server.tokensMade()).toBe(before + 1);
  });

  test("a service that is not there yet (a boot, a hop limit) is asked once a minute, and heard when it answers", async () => {
    server.hideInstance();
    const { until, notices, events, clock } = onInstance();
    const unseen = () => events.of("stop-source.unseen").map(({ source }) => source);
    await until(() => expect(unseen()).toHaveLength(3));
    const before = server.asked.length;
    expect(before).toBeLessThanOrEqual(limits.metadataTriesMax);
    await clock.advance(limits.metadataSlowMs - 10_000);
    expect(server.asked.length).toBe(before);
    await until(() => expect(server.asked.length).toBeGreaterThan(before));
    await until(() => expect(clock.sleeping).toBe(3));
    await clock.advance(limits.metadataSlowMs - 10_000);
    server.hideInstance(false);
    server.spot(aTimeMs + 300_000);
    await until(() => expect(notices).toHaveLength(1));
    // Told once, however long it lasts.
    expect(unseen()).toHaveLength(3);
  });

  test("a service that answered once is asked again at the usual pace until it answers", async () => {
    const { until, notices, events, asked } = onInstance();
    await until(() => expect(asked("instance-action")).toBe(1));
    server.fallSilent();
    await until(() => expect(asked("instance-action")).toBeGreaterThan(limits.metadataTriesMax + 2));
    expect(events.of("stop-source.failed").filter(({ source }) => source === "spot")).toHaveLength(1);
    server.fallSilent(false);
    server.spot(aTimeMs + 120_000);
    await until(() => expect(notices).toHaveLength(1));
    expect(events.of("stop-source.unseen")).toEqual([]);
  });
});

async function secondLife(clock: ReturnType<typeof manualClock>) {
  const { instanceMetadata } = await import("../../../../services/adapters/system/instance-metadata.ts");
  return { metadata: instanceMetadata({ endpoint: server.url, http: timedHttp(fetch, clock), clock }) };
}

describe("ECS task metadata", () => {
  const uri = () => ({ MUSTER_POOL: "fargate" as const, ECS_CONTAINER_METADATA_URI_V4: `${server.url}/v4/me` });

  test("desired status STOPPED is a notice; its deadline is the stop timeout where that is known", async () => {
    const { until, notices, asked } = watching({ ...uri(), MUSTER_STOP_TIMEOUT_MS: 110_000 });
    await until(() => expect(asked("/task")).toBeGreaterThan(1));
    expect(notices).toEqual([]);
    server.stopTask();
    await until(() => expect(notices).toHaveLength(1));
    const [notice] = notices;
    expect(notice).toMatchObject({ source: "ecs-task", deadlineAtMs: (notice?.atMs ?? 0) + 110_000 });
  });

  test("an agent that does not answer in time is asked again", async () => {
    const { until, notices, events } = watching(uri());
    server.fallSilent();
    await until(() => expect(events.of("stop-source.failed")).toMatchObject([{ source: "ecs-task" }]));
    server.fallSilent(false);
    server.stopTask();
    await until(() => expect(notices).toHaveLength(1));
  });
});

describe("which sources there are", () => {
  const kinds = (env: Partial<StopEnv>) => watching(env).sources.map(({ kind }) => kind);

  test("only signals on a laptop and on Fargate without metadata", () => {
    expect(kinds({ MUSTER_POOL: "local" })).toEqual(["signal"]);
    expect(kinds({ MUSTER_POOL: "fargate-spot" })).toEqual(["signal"]);
  });

  test("instances have metadata, unless it is disabled", () => {
    const all = ["signal", "spot", "rebalance", "lifecycle"];
    const endpoint = { AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url };
    for (const MUSTER_POOL of ["spot", "on-demand"] as const) expect(kinds({ MUSTER_POOL, ...endpoint })).toEqual(all);
    expect(kinds({ MUSTER_POOL: "local", ...endpoint })).toEqual(all);
    expect(kinds({ ...endpoint, AWS_EC2_METADATA_DISABLED: true })).toEqual(["signal"]);
  });
});

/**
 * The very bundles that are deployed, each in an empty folder under Node alone, in the environment that the templates give them:
 * submit to result through API, queue, worker and event stream; a shift of the controller; what EventBridge tells.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { bundleOnce } from "../../lib/bundling/bundle.ts";
import { WORKER_ENTRIES } from "../../lib/constructs/worker-image.ts";
import { runId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { readFleet } from "../../services/controller/read-fleet.ts";
import { anInstanceId, launchUnsuccessful, rebalance, spotWarning } from "../support/aws-events.ts";
import { eventually } from "../support/eventually.ts";
import { type Asked, restEvent, scheduleEvent } from "../support/gateway-events.ts";
import { aZone } from "../support/metadata-server.ts";
import { alone, LambdaFunction } from "./lambda-function.ts";
import { type Account, anAccount, CLAUDE_KEY } from "./stand-ins.ts";
import { templatesOf } from "./synth.ts";
import { containerEnvOf, functionOf } from "./template-environment.ts";

const MB = 1_000_000;
const bundles = {
  api: bundleOnce({ entries: ["api/handler.ts"], agents: true }),
  controller: bundleOnce({ entries: ["controller/handler.ts"], agents: false }),
  events: bundleOnce({ entries: ["controller/events/handler.ts"], agents: false }),
  worker: bundleOnce({ entries: WORKER_ENTRIES, agents: true }),
};
const templates = templatesOf({ profile: "small" });
const clean: (() => unknown)[] = [];
let account: Account;
beforeAll(async () => {
  account = await anAccount();
});
afterAll(async () => {
  for (const one of clean.toReversed()) await one();
  await account.stop();
});

const startFunction = async (bundle: keyof typeof bundles, handler: string): Promise<LambdaFunction> => {
  const template = bundle === "api" ? templates.api : templates.control;
  const { env } = functionOf(template, handler, account.values);
  const started = await LambdaFunction.start({ bundle: bundles[bundle], handler, env: { ...env, ...account.runtime } });
  clean.push(() => started.stop());
  return started;
};

const answer = z.object({
  statusCode: z.int(),
  body: z.string(),
  multiValueHeaders: z.record(z.string(), z.array(z.string())),
});
const ask = async (api: LambdaFunction, asked: Asked) =>
  answer.parse(await api.call(restEvent({ ...asked, headers: { authorization: account.authorization } })));

const submitted = z.object({ runs: z.array(z.object({ id: runId })).length(1) });
async function submit(api: LambdaFunction, turns: number) {
  const body = {
    runs: [{ agent: "rehearsal", input: { turns, turnMs: 20, chunks: 2, tools: ["pure"], outputTokens: 40 } }],
  };
  const { statusCode, body: text } = await ask(api, { method: "POST", path: "/v1/runs", body });
  expect(statusCode, text).toBe(202);
  const [first] = submitted.parse(JSON.parse(text)).runs;
  return runId.parse(first?.id);
}
const headOf = async (id: ReturnType<typeof runId.parse>) => (await account.stores.runs.read([id], Date.now()))[0];

/** The container: what the last lines of the Dockerfile start, with nothing but the environment of the task. */
function startWorker(instanceId: string) {
  const dockerfile = readFileSync(new URL("../../services/worker/Dockerfile", import.meta.url), "utf8");
  const command = z.array(z.string()).parse(JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? ""));
  const { folder, remove } = alone(bundles.worker);
  const MUSTER_INSTANCE_FILE = join(folder, "instance-id");
  writeFileSync(MUSTER_INSTANCE_FILE, `${instanceId}\n`);
  const env = { ...containerEnvOf(templates.fleet, "spot", account.values), MUSTER_INSTANCE_FILE };
  const child: ChildProcess = spawn(process.execPath, command, {
    cwd: folder,
    env: {
      NODE_ENV: "production",
      ...env,
      ...account.runtime,
      ...account.machine.env,
      ANTHROPIC_BASE_URL: account.claude.url,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: Record<string, unknown>[] = [];
  let stderr = "";
  if (child.stdout === null || child.stderr === null) throw new Error("the worker has pipes");
  createInterface({ input: child.stdout }).on("line", (line) =>
    lines.push(z.record(z.string(), z.unknown()).parse(JSON.parse(line))),
  );
  child.stderr.on("data", (part) => {
    stderr += String(part);
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  clean.push(remove, () => child.kill("SIGKILL"));
  return { child, lines, exited, stderr: () => stderr };
}

test("the API's bundle, SDK clients and agents included, is at most 1.5 MB", () => {
  const total = Object.values(bundles.api.bytes).reduce((sum, bytes) => sum + bytes, 0);
  expect(total).toBeLessThanOrEqual(1.5 * MB);
});

describe("from nothing", () => {
  test("the API answers what API Gateway asks, and sends waits to the function that has them", async () => {
    const api = await startFunction("api", "api/handler.handler");
    expect((await ask(api, { method: "GET", path: "/v1/agents" })).body).toContain("rehearsal");
    expect(answer.parse(await api.call(restEvent({ method: "GET", path: "/v1/runs" })))).toMatchObject({
      statusCode: 401,
    });
    const id = await submit(api, 1);
    const wait = await ask(api, { method: "GET", path: `/v1/runs/${id}`, query: { wait: "10" } });
    expect(wait).toMatchObject({
      statusCode: 307,
      multiValueHeaders: { location: [`../../watch/v1/runs/${id}?wait=10`] },
    });
  });

  test("a shift of the controller ends in time, with the lease given up and the backlog measured", async () => {
    const controller = await startFunction("controller", "controller/handler.handler");
    const startedMs = performance.now();
    // The run of the test before waits: with it nothing is idle.
    expect(await controller.call(scheduleEvent(Date.now()), { remainingMs: limits.shiftMarginMs + 3_000 })).toBe(
      "over",
    );
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(await account.stores.leases.read()).toMatchObject({ epoch: 1, free: true });
    expect(await account.stores.backlog.latest()).toMatchObject({ lanes: { normal: { total: 1 } } });
  });

  test("a submit that finds no free slot wakes the controller that rests", async () => {
    await account.stores.scalingStores.memory.publish({
      ...{ atMs: Date.now(), epoch: 1, policy: "backlog", acts: true, free: 0, pools: [], because: [] },
      slots: { need: 0, wanted: 0, running: 0, starting: 0 },
    });
    const api = await startFunction("api", "api/handler.handler");
    await submit(api, 1);
    expect(account.lambda.kept).toMatchObject([
      { body: '{"wake":true}', headers: { "x-amz-invocation-type": "Event" } },
    ]);
    expect(account.lambda.kept[0]?.headers.authorization).toContain("/lambda/aws4_request");
  });

  test("a run goes from submit through queue and worker to its result, streamed; a Spot warning drains the machine", async () => {
    const instanceId = anInstanceId();
    const worker = startWorker(instanceId);
    const api = await startFunction("api", "api/handler.handler");
    const watch = await startFunction("api", "api/handler.streaming");
    const id = await submit(api, 3);
    const path = `/watch/v1/runs/${id}/events`;
    const asked = restEvent({ method: "GET", path, headers: { authorization: account.authorization } });
    const streamed = z
      .object({ metadata: z.object({ statusCode: z.int() }), body: z.string() })
      .parse(await watch.call(asked, { isStreamed: true, remainingMs: 60_000 }));
    expect(streamed.metadata.statusCode).toBe(200);
    expect(streamed.body).toContain("run.ended");
    expect(await headOf(id), worker.stderr()).toMatchObject({ state: "SUCCEEDED", turn: 4 });

    expect(account.secrets.asked.length).toBeGreaterThan(0);
    expect(JSON.stringify(worker.lines)).not.toContain(CLAUDE_KEY);
    const { processes } = z
      .object({ processes: z.int() })
      .parse(worker.lines.find(({ role }) => role === "supervisor"));
    await eventually(async () => {
      const all = await readFleet(account.stores.fleet);
      expect(all).toHaveLength(processes);
      for (const one of all) expect(one).toMatchObject({ pool: "spot", place: { instanceId, zone: aZone } });
    }, 30_000);

    const events = await startFunction("events", "controller/events/handler.handler");
    expect(await events.call(rebalance(anInstanceId(), Date.now()))).toEqual({ kind: "nothing" });
    const dry = launchUnsuccessful("muster-spot", "InsufficientInstanceCapacity", Date.now());
    expect(await events.call(dry)).toEqual({ kind: "told" });
    const { desk } = account.stores.scalingStores;
    expect(await desk.answers()).toEqual([expect.objectContaining({ pool: "spot", kind: "no-capacity" })]);
    expect(await events.call(spotWarning(instanceId, Date.now()))).toEqual({ kind: "drain", workers: processes });
    await eventually(async () => expect(await readFleet(account.stores.fleet)).toEqual([]), 30_000);
    // Its workers have drained; it starts no others, and goes with its machine.
    expect(worker.child.exitCode, worker.stderr()).toBeNull();
    worker.child.kill("SIGTERM");
    expect(await worker.exited, worker.stderr()).toBe(0);

    const controller = await startFunction("controller", "controller/handler.handler");
    expect(await controller.call(scheduleEvent(Date.now()), { remainingMs: 70_000 })).toBe("idle");
    // Nobody tells of its pools here, so it holds: then it has no heartbeat, and CloudWatch's own steps stand in.
    expect(controller.log.length).toBeGreaterThan(0);
    expect(controller.log.filter((line) => "ControllerHeartbeat" in line)).toEqual([]);
  });
});

/** `muster fleet` against the real API on a memory world: the command line's process is this one. */
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { cliLimits } from "../../services/cli/bounds.ts";
import { runCli } from "../../services/cli/program.ts";
import { fleetView } from "../../services/contract/http.ts";
import { aBeat } from "../support/builders.ts";
import { cliContext } from "../support/cli-context.ts";
import { aWorkerId } from "../support/ids.ts";
import { anApi, callers } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;
let api: Api;
let server: ReturnType<typeof serve>;
let url = "";
const worker = aWorkerId();

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server = serve({ fetch: (request) => api.app.fetch(request), hostname: "127.0.0.1", port: 0 }, ({ port }) => {
      url = `http://127.0.0.1:${port}`;
      resolve();
    });
  });
});
afterAll(() => new Promise<unknown>((resolve) => server.close(resolve)));

beforeEach(async () => {
  api = await anApi();
  await api.world.fleet.beat(aBeat({ workerId: worker, slots: 10, active: 8 }), []);
  await api.world.scalingStores.memory.publish({
    ...{ atMs: api.clock.nowMs(), epoch: 1, policy: "backlog", acts: true, free: 2 },
    slots: { need: 8, wanted: 8, running: 10, starting: 0 },
    pools: [{ pool: "local", min: 1, max: 4, desired: 1, target: 1, machines: 1, slots: 10, active: 8 }],
    because: [{ kind: "demand", visible: 0, active: 8, slots: 8 }],
  });
});

/** Runs a command line as an operator; `frames`: how often it may wait before it is interrupted. */
async function muster(line: string, { as = "operator", frames = 0, isTTY = false } = {} as Given) {
  const said = { out: "", err: "" };
  const stop = new AbortController();
  let left = frames;
  const clock = {
    nowMs: () => api.clock.nowMs(),
    monotonicMs: () => api.clock.monotonicMs(),
    // Time stands still but for the wait between two frames: nothing times out.
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (ms !== cliLimits.fleetEveryMs)
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
      else if (left-- <= 0) stop.abort();
    },
  };
  const writer = (to: keyof typeof said) => ({
    isTTY,
    write: (text: string) => {
      said[to] += text;
    },
  });
  const context = cliContext({ clock, signal: stop.signal, stdout: writer("out"), stderr: writer("err") });
  const { secret } = callers[as];
  const code = await runCli([...line.split(" "), "--url", url, "--key", secret], context);
  return { code, ...said };
}
type Given = { readonly as?: keyof typeof callers; readonly frames?: number; readonly isTTY?: boolean };
const order = () => api.world.scalingStores.desk.order();

test("fleet shows workers, pools, the decision and why; --json is what the API said", async () => {
  const { code, out } = await muster("fleet");
  expect(code).toBe(0);
  expect(out).toContain(worker);
  expect(out).toMatch(/local +1 +unknown +unknown +1 +1 +4 +8 +10/);
  expect(out).toContain("0 waiting and 8 active runs need 8 slots");
  const json = await muster("fleet --json");
  expect(fleetView.parse(JSON.parse(json.out)).capacity?.free).toBe(2);
});

test("--watch shows a frame after the other until it is interrupted; on a terminal each replaces the one before", async () => {
  const frames = (text: string) => text.split("decided ").length - 1;
  expect(frames((await muster("fleet --watch", { frames: 2 })).out)).toBe(3);
  const seen = await muster("fleet --watch", { frames: 1, isTTY: true });
  expect(seen.code).toBe(0);
  expect(seen.out.split("\u001b[2J").length - 1).toBe(2);
});

test("scale, hold and resume change the order that is in force, and say it", async () => {
  expect((await muster("fleet scale --floor 500 --ceiling 2000 --for 2h")).out).toContain("500");
  expect(await order()).toMatchObject({
    ...{ floorSlots: 500, ceilingSlots: 2_000, hold: false, by: "operator" },
    untilMs: api.clock.nowMs() + 2 * 3_600_000,
  });
  expect((await muster("fleet hold --for 30m")).code).toBe(0);
  expect(await order()).toMatchObject({ hold: true, floorSlots: 500 });
  const resumed = await muster("fleet resume --json");
  expect(JSON.parse(resumed.out)).toEqual({});
  expect(await order()).toBeUndefined();
  expect((await muster("fleet events")).out).toContain("operator");
});

test("drain tells the worker", async () => {
  expect((await muster(`fleet drain ${worker}`)).out).toContain("gives its runs back and leaves");
  expect((await api.world.fleet.worker(worker))?.drain).toBe(true);
});

test.each([
  ["fleet scale", "--floor or --ceiling", "muster fleet scale --floor 500"],
  ["fleet scale --floor many", "--floor: many is no number of slots", "--floor 500"],
  ["fleet scale --ceiling -3", "--ceiling: -3 is no number of slots", "--ceiling 500"],
  ["fleet scale --floor 1000001", "--floor: 1000001 is above", "at most 1000000"],
  ["fleet scale --floor 9 --ceiling 5", "--floor: 9 is above --ceiling 5", "lower --floor or raise --ceiling"],
  ["fleet scale --floor 9 --for soon", "--for: soon is no time", "30m, 2h or 1d"],
  ["fleet hold --for 0s", "--for: 0s is no time", "30m, 2h or 1d"],
  ["fleet hold --for 30d", "--for: 30d is longer than an order may last", "at most"],
  ["fleet hold --floor 9", "--floor: muster fleet hold does not take it", "belongs to muster fleet scale"],
  ["fleet resume --for 2h", "--for: muster fleet resume does not take it", "scale and hold"],
  ["fleet events --watch", "--watch: muster fleet events does not take it", "muster fleet show"],
  ["fleet hold w_1", "muster fleet hold takes no worker: w_1", "muster fleet drain w_1"],
  ["fleet drain", "muster fleet drain needs a worker", "muster fleet lists them"],
  ["fleet drain nobody", "not an id of a worker: nobody", "muster fleet lists them"],
  ["fleet grow", "grow", "--help"],
])("%s: wrong usage that names what is wrong and its mend, and nothing is sent", async (line, says, fix) => {
  const { code, err } = await muster(line);
  expect(code).toBe(2);
  expect(err).toContain(says);
  expect(err).toMatch(/fix: /);
  expect(err).toContain(fix);
  expect(await order()).toBeUndefined();
});

test("who may not order is told so; a worker that is not there cannot be drained", async () => {
  const refused = await muster("fleet scale --floor 9", { as: "acme" });
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("forbidden");
  expect(await order()).toBeUndefined();
  expect((await muster(`fleet drain ${aWorkerId()}`)).code).toBe(1);
});

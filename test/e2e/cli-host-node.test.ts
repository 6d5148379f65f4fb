/** `bin/muster.mjs` under whatever Node the host has; where that is older than 24, the project's own runs the command. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeApi, fakeKey } from "../support/fake-api.ts";
import { muster } from "../support/run-muster.ts";

let api: FakeApi;
let env: Record<string, string>;

beforeEach(async () => {
  api = new FakeApi();
  env = { MUSTER_URL: await api.start(), MUSTER_API_KEY: fakeKey };
});
afterEach(() => api.stop());

/** The first Node of the path that is not one of a `node_modules`. */
const hostNode =
  (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .map((folder) => join(folder, "node"))
    .find((path) => existsSync(path)) ?? process.execPath;

test("output, input and exit codes pass through", async () => {
  const done = await muster(["submit", "--agent", "echo", "--input-file", "-", "--wait", "--json"], {
    env,
    node: hostNode,
    stdin: "1",
  });
  expect(done.json()).toMatchObject({ submitted: 1, succeeded: 1 });
  expect(done.code).toBe(0);
  expect((await muster(["get"], { env, node: hostNode })).code).toBe(2);
  const doctor = await muster(["doctor", "--json"], { env, node: hostNode });
  expect(doctor.json().findings).toContainEqual(expect.objectContaining({ check: "node", level: "ok" }));
});

test.each([["SIGINT"], ["SIGTERM"]] as const)("%s ends the command, not only its wrapper", async (signal) => {
  api.asksUntilEnd = Number.POSITIVE_INFINITY;
  const run = await muster(["submit", "--agent", "echo", "--input", "1", "--wait"], {
    env,
    node: hostNode,
    group: true,
    whileRunning: (child) => {
      const look = () => {
        if (!api.calls.some((call) => call.path.includes("ids="))) return void setImmediate(look);
        // A terminal sends Ctrl-C to the whole group; kill sends to one process.
        if (signal === "SIGINT") process.kill(-(child.pid ?? 0), signal);
        else child.kill(signal);
      };
      look();
    },
  });
  expect(run.code).toBe(130);
  expect(run.stderr).toContain("--idempotency-key cli-");
});

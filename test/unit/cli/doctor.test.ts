import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkImageBuild } from "../../../services/cli/doctor/image-build.ts";
import { checkData, checkNode, checkPackages } from "../../../services/cli/doctor/machine.ts";
import { skewFinding } from "../../../services/cli/doctor/service.ts";
import type { BuilderState } from "../../../services/ports/image-builder.ts";
import { cliContext } from "../../support/cli-context.ts";

const atMs = Date.parse("2026-10-01T09:00:00.000Z");
const date = new Date(atMs).toUTCString();

function project(): string {
  const root = mkdtempSync(join(tmpdir(), "muster-cli-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, "package.json"), JSON.stringify({ dependencies: { one: "1.0.0", two: "2.0.0" } }));
  const install = (name: string, version: string) => {
    mkdirSync(join(root, "node_modules", name), { recursive: true });
    writeFileSync(join(root, "node_modules", name, "package.json"), JSON.stringify({ version }));
  };
  install("one", "1.0.0");
  install("two", "2.0.1");
  return root;
}

test("a clock that is off by more than the Date header can show is wrong, whichever way", () => {
  expect(skewFinding(date, atMs + 900).level).toBe("ok");
  expect(skewFinding(date, atMs + 8_000)).toMatchObject({ level: "wrong", says: expect.stringContaining("ahead of") });
  expect(skewFinding(date, atMs - 8_000)).toMatchObject({ level: "wrong", says: expect.stringContaining("behind") });
  expect(skewFinding(null, atMs).level).toBe("skipped");
});

test("an old Node and other packages are named", () => {
  expect(checkNode(cliContext({ nodeVersion: "20.20.2" })).level).toBe("wrong");
  expect(checkNode(cliContext({ nodeVersion: "24.1.0" })).level).toBe("ok");
  expect(checkPackages(cliContext({ root: project() }))).toMatchObject({
    level: "wrong",
    says: "two is 2.0.1, not 2.0.0",
    mend: "run npm ci",
  });
});

test("a key that others can read is wrong; no folder at all is not", () => {
  const root = project();
  const context = cliContext({ root, cwd: root });
  expect(checkData(context, {})).toMatchObject([{ level: "skipped" }]);
  mkdirSync(join(root, ".muster"));
  writeFileSync(join(root, ".muster/api-key"), "mk", { mode: 0o640 });
  expect(checkData(context, {})).toMatchObject([
    { level: "ok" },
    { check: "key file", level: "wrong" },
    { level: "warn" },
  ]);
});

const builder = (state: BuilderState) => ({ look: async () => state });
const docker = { command: "docker" } as const;

test.each<[BuilderState, string, string]>([
  [{ kind: "ready", ...docker, os: "linux", arch: "amd64", version: "28.1.0" }, "ok", "28.1.0 on amd64"],
  [{ kind: "ready", ...docker, os: "windows", arch: "amd64", version: "28.1.0" }, "wrong", "builds for windows"],
  [{ kind: "absent", ...docker }, "wrong", "no docker here"],
  [{ kind: "silent", ...docker, because: "Cannot connect to the daemon" }, "wrong", "Cannot connect to the daemon"],
])("the image's builder, %j, is %s", async (state, level, says) => {
  const context = cliContext({ root: project(), builder: builder(state) });
  expect(await checkImageBuild(context, false)).toMatchObject({ level, says: expect.stringContaining(says) });
  // What is deployed runs without one.
  expect((await checkImageBuild(context, true)).level).toBe(level === "wrong" ? "warn" : level);
});

test("an image that the configuration names needs no builder", async () => {
  const root = project();
  writeFileSync(join(root, "muster.config.json"), JSON.stringify({ worker: { image: "example.com/worker:1" } }));
  const context = cliContext({ root, builder: { look: () => Promise.reject(new Error("not asked")) } });
  expect(await checkImageBuild(context, false)).toMatchObject({
    level: "ok",
    says: expect.stringContaining("example.com/worker:1"),
  });
});

test("nothing runs while the image builds: a builder of another processor needs no emulation", () => {
  const dockerfile = readFileSync(new URL("../../../services/worker/Dockerfile", import.meta.url), "utf8");
  expect(dockerfile).toMatch(/^COPY /m);
  expect(dockerfile).not.toMatch(/^\s*RUN\b/im);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkData, checkNode, checkPackages } from "../../../services/cli/doctor/machine.ts";
import { skewFinding } from "../../../services/cli/doctor/service.ts";
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

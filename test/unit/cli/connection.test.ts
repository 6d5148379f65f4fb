import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connection } from "../../../services/cli/connection.ts";
import type { CliContext } from "../../../services/cli/context.ts";
import { cliContext } from "../../support/cli-context.ts";

let folder: string;
let context: CliContext;

function twin(at: string, name: string): void {
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "local.json"), JSON.stringify({ url: `http://${name}:1/` }));
  writeFileSync(join(at, "api-key"), `mk_${name}\n`);
}
const settled = (more: Partial<CliContext>, options = {}) => {
  const { url, key } = connection({ ...context, ...more }, options);
  return [url.value, key.value];
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-cli-"));
  context = cliContext({ cwd: join(folder, "here"), root: join(folder, "project") });
  mkdirSync(context.cwd);
});
afterEach(() => rmSync(folder, { recursive: true }));

test("flags win over the environment, the environment over the folder here, that over the project's", () => {
  twin(join(folder, "project/.muster"), "project");
  expect(settled({})).toEqual(["http://project:1", "mk_project"]);
  twin(join(folder, "here/.muster"), "here");
  expect(settled({})).toEqual(["http://here:1", "mk_here"]);
  const env = { MUSTER_URL: "http://env:1", MUSTER_API_KEY: "mk_env" };
  expect(settled({ env })).toEqual(["http://env:1", "mk_env"]);
  expect(settled({ env }, { url: "http://flag:1", key: "mk_flag" })).toEqual(["http://flag:1", "mk_flag"]);
});

test("--data names the only folder that is looked into", () => {
  twin(join(folder, "here/.muster"), "here");
  twin(join(folder, "other"), "other");
  expect(settled({}, { data: "../other" })).toEqual(["http://other:1", "mk_other"]);
  expect(() => settled({}, { data: "../none" })).toThrow(/no local\.json/);
});

test("what is missing or broken is named", () => {
  expect(() => settled({})).toThrow(/no API to talk to/);
  expect(() => settled({ env: { MUSTER_URL: "http://x:1" } })).toThrow(/no API key/);
  expect(() => settled({ env: { MUSTER_URL: "localhost:8700", MUSTER_API_KEY: "k" } })).toThrow(
    /MUSTER_URL: "localhost:8700" is not a URL/,
  );
  mkdirSync(join(folder, "here/.muster"));
  writeFileSync(join(folder, "here/.muster/local.json"), "{}");
  expect(() => settled({})).toThrow(/not what npm start writes/);
});

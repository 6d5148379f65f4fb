import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { dockerBuilder } from "../../../../services/adapters/system/docker.ts";

/** A command that does what the lines say. */
function command(lines: string): string {
  const folder = mkdtempSync(join(tmpdir(), "muster-docker-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "docker");
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("a builder that answers says what it is, and was only asked for its version", async () => {
  const path = command('[ "$1 $2" = "version --format" ] && echo "linux arm64 28.1.0"');
  expect(await dockerBuilder(path).look()).toEqual({
    ...{ kind: "ready", command: path },
    ...{ os: "linux", arch: "arm64", version: "28.1.0" },
  });
});

test("one that does not work says why, and none is none", async () => {
  const path = command('echo "Cannot connect to the Docker daemon" >&2; exit 1');
  expect(await dockerBuilder(path).look()).toMatchObject({
    kind: "silent",
    because: expect.stringContaining("daemon"),
  });
  const empty = command("echo");
  expect((await dockerBuilder(empty).look()).kind).toBe("silent");
  expect(await dockerBuilder("/nowhere/docker").look()).toEqual({ kind: "absent", command: "/nowhere/docker" });
});

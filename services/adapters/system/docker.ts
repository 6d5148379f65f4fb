/** The builder of container images on this machine, asked by its own command. */
import { execFile } from "node:child_process";
import { limits } from "../../contract/limits.ts";
import type { ImageBuilder } from "../../ports/image-builder.ts";

const ASKED = ["version", "--format", "{{.Server.Os}} {{.Server.Arch}} {{.Server.Version}}"];
const ANSWER = /^(\S+) (\S+) (\d+\S*)\s*$/;

/** `command`: what the CDK will call, `docker` unless `CDK_DOCKER` names another. */
export function dockerBuilder(command: string): ImageBuilder {
  return {
    look: () =>
      new Promise((resolve) => {
        execFile(command, ASKED, { timeout: limits.builderLookMs }, (error, stdout, stderr) => {
          const [, os, arch, version] = ANSWER.exec(stdout) ?? [];
          if (error === null && os !== undefined && arch !== undefined && version !== undefined)
            return resolve({ kind: "ready", command, os, arch, version });
          if (error?.code === "ENOENT") return resolve({ kind: "absent", command });
          const said = (stderr || stdout || (error?.message ?? "no answer")).trim();
          resolve({ kind: "silent", command, because: said.slice(0, limits.detailChars) });
        });
      }),
  };
}

/** The data folder of the twin: what survives a restart, and what the command line finds there. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { apiKeyForm } from "../core/api-key.ts";

export type DataFolder = {
  readonly path: string;
  /** Folder or file of one part. */
  at(...names: string[]): string;
  /** The API key of a former start. */
  apiKey(): string | undefined;
  keepApiKey(key: string): void;
  /** Tells the command line where the API is. */
  announce(facts: { readonly url: string; readonly pid: number; readonly claude: string }): void;
  forgetAnnouncement(): void;
};

/** Makes the folder (for its owner only) if it is not there. */
export function dataFolder(given: string): DataFolder {
  const path = resolve(given);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const at = (...names: string[]): string => join(path, ...names);
  const keyPath = at("api-key");
  const localPath = at("local.json");
  return {
    path,
    at,
    apiKey: () => {
      const text = readIfThere(keyPath)?.trim();
      return text !== undefined && apiKeyForm.test(text) ? text : undefined;
    },
    keepApiKey: (key) => {
      writeFileSync(keyPath, `${key}\n`, { mode: 0o600 });
      chmodSync(keyPath, 0o600);
    },
    announce: (facts) => {
      // Renamed into place: a reader sees the old file or the new one, never a part.
      writeFileSync(`${localPath}.new`, `${JSON.stringify(facts)}\n`, { mode: 0o600 });
      renameSync(`${localPath}.new`, localPath);
    },
    forgetAnnouncement: () => rmSync(localPath, { force: true }),
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

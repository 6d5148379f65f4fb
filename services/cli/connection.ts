/** Where the API is and which key opens it: flags, then the environment, then what the local twin left in its folder. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { CliContext, GlobalOptions } from "./context.ts";
import { CliFailure } from "./failure.ts";

/** Folder of the local twin in the project, and its two files that the command line reads. */
export const dataFolder = ".muster";
export const localFile = "local.json";
export const keyFile = "api-key";

const local = z.object({ url: z.url() });

/** A setting and where it came from. */
export type Setting = { readonly value: string; readonly from: string };
export type Connection = { readonly url: Setting; readonly key: Setting };

/** The data folders to look in: the one that was named, else `.muster` here, then in the project. */
export function dataFolders(context: CliContext, options: GlobalOptions): readonly string[] {
  const named = options.data ?? context.env.MUSTER_DATA;
  if (named !== undefined && named !== "") return [resolve(context.cwd, named)];
  return [...new Set([join(context.cwd, dataFolder), join(context.root, dataFolder)])];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw new CliFailure("file-unreadable", `cannot read ${path}: ${String(error)}`, {
      fix: `make it readable for you: chmod 600 ${path}`,
      cause: error,
    });
  }
}

function localUrl(path: string, text: string): string {
  try {
    return local.parse(JSON.parse(text)).url;
  } catch (cause) {
    throw new CliFailure("file-broken", `${path} is not what npm start writes`, {
      fix: `delete ${path} and run npm start`,
      cause,
    });
  }
}

/** A flag or, without one, an environment variable that is not empty. */
function given(flag: Setting | undefined, name: string, env: CliContext["env"]): Setting | undefined {
  const value = env[name];
  return flag ?? (value === undefined || value === "" ? undefined : { value, from: name });
}

const flag = (value: string | undefined, from: string): Setting | undefined =>
  value === undefined ? undefined : { value, from };

function fromFolders(folders: readonly string[], file: string): Setting | undefined {
  for (const folder of folders) {
    const path = join(folder, file);
    const text = read(path);
    if (text === undefined) continue;
    return { value: file === localFile ? localUrl(path, text) : text.trim(), from: path };
  }
  return undefined;
}

/** Settles the URL; throws `CliFailure` when nothing names one. */
export function apiUrl(context: CliContext, options: GlobalOptions): Setting {
  const folders = dataFolders(context, options);
  const url = given(flag(options.url, "--url"), "MUSTER_URL", context.env) ?? fromFolders(folders, localFile);
  if (url === undefined) {
    throw new CliFailure("no-url", `no API to talk to: no ${localFile} in ${folders.join(" or ")}`, {
      fix: "run npm start in another terminal, or give --url or MUSTER_URL",
    });
  }
  if (!/^https?:\/\/./.test(url.value) || !URL.canParse(url.value)) {
    throw new CliFailure("bad-url", `${url.from}: "${url.value}" is not a URL`, {
      fix: "give one such as http://127.0.0.1:8700",
    });
  }
  return { ...url, value: url.value.replace(/\/+$/, "") };
}

/** Settles the key; throws `CliFailure` when nothing names one. */
export function apiKey(context: CliContext, options: GlobalOptions): Setting {
  const folders = dataFolders(context, options);
  const key = given(flag(options.key, "--key"), "MUSTER_API_KEY", context.env) ?? fromFolders(folders, keyFile);
  if (key === undefined || key.value === "") {
    throw new CliFailure("no-key", `no API key: no ${keyFile} in ${folders.join(" or ")}`, {
      fix: "run npm start (it makes one), or give --key or MUSTER_API_KEY",
    });
  }
  return key;
}

/** Both settings. */
export function connection(context: CliContext, options: GlobalOptions): Connection {
  return { url: apiUrl(context, options), key: apiKey(context, options) };
}

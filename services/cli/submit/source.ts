/** Where the runs come from: `--input`, `--input-file` or `--file`. */
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { cliLimits } from "../bounds.ts";
import type { CliContext } from "../context.ts";
import { UsageFailure } from "../failure.ts";
import { replaceRefs, textReader } from "./file-refs.ts";
import { type Line, type RunDefaults, readLines, runOf } from "./lines.ts";

export type SourceOptions = {
  readonly input?: string | undefined;
  readonly inputFile?: string | undefined;
  readonly file?: string | undefined;
};

/** Runs, and how the place of one is called in messages: `questions.jsonl:4`. */
export type Source = { readonly lines: readonly Line[]; place(line: number): string };

/** Reads and checks all runs; `-` is stdin. Throws `UsageFailure`; nothing has been sent then. */
export async function readSource(context: CliContext, options: SourceOptions, defaults: RunDefaults): Promise<Source> {
  const { input, inputFile, file } = options;
  const given = [input, inputFile, file].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new UsageFailure(
      "give exactly one of --input, --input-file and --file",
      "npx muster submit --help shows examples",
    );
  }
  if (file !== undefined) {
    const { text, folder } = await readNamed(context, file, "--file");
    const place = (line: number) => `${file}:${line}`;
    return { lines: readLines({ name: file, text }, defaults, textReader(folder)), place };
  }
  if (input !== undefined) return oneRun(input, "--input", context.cwd, defaults);
  const { text, folder } = await readNamed(context, inputFile ?? "-", "--input-file");
  return oneRun(text, inputFile ?? "-", folder, defaults);
}

/** The whole text is the input of one run. */
function oneRun(text: string, name: string, folder: string, defaults: RunDefaults): Source {
  let value: unknown;
  try {
    value = replaceRefs(JSON.parse(text), textReader(folder));
  } catch (cause) {
    throw new UsageFailure(
      `${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "give JSON, in single quotes",
    );
  }
  const read = runOf({ input: value }, defaults);
  if ("wrong" in read) throw new UsageFailure(`${name}: ${read.wrong}`);
  return { lines: [{ line: 1, run: read.run }], place: () => name };
}

async function readNamed(context: CliContext, name: string, flag: string): Promise<{ text: string; folder: string }> {
  if (name === "-") return { text: await readAll(context.stdin, flag), folder: context.cwd };
  const path = resolve(context.cwd, name);
  try {
    const { size } = statSync(path);
    if (size > cliLimits.fileBytes) throw new Error(`${size} bytes, at most ${cliLimits.fileBytes}`);
    return { text: readFileSync(path, "utf8"), folder: dirname(path) };
  } catch (cause) {
    throw new UsageFailure(`${flag} ${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>, flag: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > cliLimits.fileBytes) throw new UsageFailure(`${flag} -: more than ${cliLimits.fileBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

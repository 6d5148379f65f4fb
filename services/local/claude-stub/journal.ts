/** The ledger on disk: one JSON line for each start and end, appended without waiting, read again at the next start. */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { isObject } from "./narrow.ts";
import type { Outcome } from "./outcome.ts";
import type { Usage } from "./usage.ts";

/** A line of the journal: the start of a call, its end, or "forget what came before". */
export type JournalLine =
  | { readonly k: "s"; readonly r: string; readonly t: number; readonly at: number }
  | {
      readonly k: "e";
      readonly r: string;
      readonly t: number;
      readonly o: Outcome;
      readonly f: boolean;
      readonly u: Usage;
      /** Micro-USD; absent when the model has no price. */
      readonly c?: number;
    }
  | { readonly k: "reset" };

/** Bytes of unwritten lines above which new ones are dropped and counted: the disk is not keeping up. */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** Appends lines to a file. Lines that arrive while a write is under way go out together in the next. */
export class Journal {
  readonly #file: FileHandle;
  #pending: string[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  /** Lines that were not kept. */
  dropped = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens the file for appending; makes it if need be. */
  static async open(path: string): Promise<Journal> {
    return new Journal(await open(path, "a", 0o600));
  }

  /** Keeps a line; returns at once. */
  append(line: JournalLine): void {
    if (this.#pendingBytes > MAX_PENDING_BYTES) {
      this.dropped++;
      return;
    }
    const text = `${JSON.stringify(line)}\n`;
    this.#pending.push(text);
    this.#pendingBytes += text.length;
    this.#writing ??= this.#drain();
  }

  /** Writes what is pending and closes the file. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#pending.length > 0) {
        const batch = this.#pending;
        this.#pending = [];
        this.#pendingBytes = 0;
        try {
          await this.#file.appendFile(batch.join(""));
        } catch {
          this.dropped += batch.length;
        }
      }
    } finally {
      this.#writing = undefined;
    }
  }
}

const count = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

const OUTCOMES: readonly Outcome[] = ["completed", "aborted", "broken", "refused", "lost"];

function parseUsage(value: unknown): Usage {
  const raw = isObject(value) ? value : {};
  return {
    inputTokens: count(raw.inputTokens),
    cacheWrite5mTokens: count(raw.cacheWrite5mTokens),
    cacheWrite1hTokens: count(raw.cacheWrite1hTokens),
    cacheReadTokens: count(raw.cacheReadTokens),
    outputTokens: count(raw.outputTokens),
  };
}

/** Reads one line; undefined for one that a kill cut short. */
export function parseLine(text: string): JournalLine | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(raw)) return undefined;
  if (raw.k === "reset") return { k: "reset" };
  if (typeof raw.r !== "string" || typeof raw.t !== "number") return undefined;
  if (raw.k === "s") return { k: "s", r: raw.r, t: raw.t, at: count(raw.at) };
  const outcome = OUTCOMES.find((known) => known === raw.o);
  if (raw.k !== "e" || outcome === undefined) return undefined;
  const cost = typeof raw.c === "number" ? { c: raw.c } : {};
  return { k: "e", r: raw.r, t: raw.t, o: outcome, f: raw.f === true, u: parseUsage(raw.u), ...cost };
}

/** Reads a journal line by line; a file that does not exist is empty. */
export async function readJournal(path: string, each: (line: JournalLine) => void): Promise<void> {
  try {
    for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = parseLine(text);
      if (line !== undefined) each(line);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

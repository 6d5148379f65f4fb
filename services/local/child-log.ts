/** `<data>/log/<role>.jsonl`: everything that the children of a role write, bounded. */
import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { bounds } from "./bounds.ts";
import type { ChildLine } from "./events.ts";

/** Appends lines; a full file becomes `<role>.1.jsonl` and replaces the one before. */
export class ChildLog {
  readonly #path: string;
  readonly #older: string;
  #stream: WriteStream;
  #bytes: number;

  constructor(folder: string, role: string) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, `${role}.jsonl`);
    this.#older = join(folder, `${role}.1.jsonl`);
    this.#stream = createWriteStream(this.#path, { flags: "a" });
    this.#bytes = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** A line that is not JSON of its own is wrapped, so that the whole file stays JSON lines. */
  write(pid: number | undefined, line: ChildLine): void {
    const text = line.json === undefined ? JSON.stringify({ event: "output", pid, ...withoutJson(line) }) : line.text;
    this.#bytes += Buffer.byteLength(text) + 1;
    this.#stream.write(`${text}\n`);
    if (this.#bytes > bounds.logBytes) this.#rotate();
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(() => resolve()));
  }

  #rotate(): void {
    this.#stream.end();
    renameSync(this.#path, this.#older);
    this.#stream = createWriteStream(this.#path, { flags: "a" });
    this.#bytes = 0;
  }
}

const withoutJson = ({ text, error }: ChildLine) => ({ stream: error ? "stderr" : "stdout", text });

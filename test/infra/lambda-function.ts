/** A function of a template, run as Lambda runs it: its very bundle in an empty folder, the environment of the template, Node alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Bundle } from "../../lib/bundling/bundle.ts";

const RUNTIME = fileURLToPath(new URL("lambda-runtime.ts", import.meta.url));
const answerLine = z.union([z.object({ returned: z.unknown() }), z.object({ thrown: z.string() })]);

/** Copies a bundle to where nothing else is: what it needs and does not bring along is missed there. */
export function alone({ outdir }: Bundle): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "muster-alone-"));
  cpSync(outdir, folder, { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export type LambdaOptions = {
  readonly bundle: Bundle;
  /** As the template says it: `api/handler.handler`. */
  readonly handler: string;
  readonly env: Readonly<Record<string, string>>;
};

export class LambdaFunction {
  readonly #child: ChildProcess;
  readonly #remove: () => void;
  readonly #answers: ((line: string) => void)[] = [];
  readonly #said: string[] = [];
  #stderr = "";

  private constructor({ bundle, handler, env }: LambdaOptions) {
    const { folder, remove } = alone(bundle);
    this.#remove = remove;
    const [path = "", name = ""] = handler.split(".");
    if (!existsSync(join(folder, `${path}.mjs`))) throw new Error(`the bundle has no ${path}.mjs`);
    copyFileSync(RUNTIME, join(folder, "lambda-runtime.ts"));
    const args = ["lambda-runtime.ts", `./${path}.mjs`, name];
    this.#child = spawn(process.execPath, args, { cwd: folder, env: { ...env }, stdio: "pipe" });
    this.#child.stderr?.on("data", (part) => {
      this.#stderr += String(part);
    });
    if (this.#child.stdout === null) throw new Error("the function has no pipe");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      if (line.startsWith("ANSWER ")) this.#answers.shift()?.(line.slice("ANSWER ".length));
      else if (line !== "") this.#said.push(line);
    });
  }

  /** Starts it; rejects when its module does not load. */
  static async start(options: LambdaOptions): Promise<LambdaFunction> {
    const made = new LambdaFunction(options);
    await made.#next();
    return made;
  }

  /** Lines of its log. */
  get log(): readonly Record<string, unknown>[] {
    return this.#said.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
  }

  /** One call; what the handler threw is thrown here. */
  async call(event: unknown, { remainingMs = 29_000, isStreamed = false } = {}): Promise<unknown> {
    const answer = this.#next();
    this.#child.stdin?.write(`${JSON.stringify({ event, remainingMs, isStreamed })}\n`);
    const parsed = answerLine.parse(JSON.parse(await answer));
    if ("thrown" in parsed) throw new Error(parsed.thrown);
    return parsed.returned;
  }

  async stop(): Promise<void> {
    const over = new Promise((resolve) => this.#child.once("exit", resolve));
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
    else return this.#remove();
    await over;
    this.#remove();
  }

  #next(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#answers.push(resolve);
      this.#child.once("exit", (code) => reject(new Error(`the function ended with ${code}: ${this.#stderr}`)));
    });
  }
}

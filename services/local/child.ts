/** One child process of the twin: its lines, its readiness, its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { workerId } from "../contract/ids.ts";
import { bounds } from "./bounds.ts";

export const roles = ["dynamodb", "queue", "claude", "api", "controller", "worker"] as const;
export type Role = (typeof roles)[number];

/** What to start. `warm`: modules to load before the gate opens; undefined opens it at once. */
export type ChildSpec = {
  readonly role: Role;
  readonly entry: URL;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warm?: readonly URL[];
};

/** Line by which a child says that it is ready; a worker's carries its id. */
const readyLine = z
  .object({
    event: z.string().regex(/(^|\.)ready$/),
    workerId: workerId.optional(),
    payload: z.object({ workerId: workerId.optional() }).optional(),
  })
  .transform((line) => ({ workerId: line.workerId ?? line.payload?.workerId }));
export type Ready = z.infer<typeof readyLine>;

export type Ended = { readonly code: number | null; readonly signal: string | null };

/** Who hears a child: every line of its output, parsed when it is JSON. */
export type Hear = (
  child: Child,
  line: { readonly text: string; readonly json: unknown; readonly error: boolean },
) => void;

const gate = fileURLToPath(new URL("./gate/main.ts", import.meta.url));

export class Child {
  readonly role: Role;
  /** Resolves at the ready line; rejects when the child ends before it. */
  readonly ready: Promise<Ready>;
  readonly ended: Promise<Ended>;
  /** Last lines of its standard error. */
  readonly complaints: string[] = [];
  readonly #process: ChildProcess;
  #alive = true;

  constructor(spec: ChildSpec, hear: Hear) {
    this.role = spec.role;
    // A process group of its own: Ctrl-C at the terminal reaches the supervisor only, which stops its children in order.
    this.#process = spawn(
      process.execPath,
      ["--enable-source-maps", "--import", gate, fileURLToPath(spec.entry), ...(spec.args ?? [])],
      { env: { ...spec.env }, stdio: ["ignore", "pipe", "pipe", "ipc"], detached: true, windowsHide: true },
    );
    this.ended = new Promise((resolve) => {
      this.#process.once("error", (error) => {
        this.complaints.push(error.message);
        resolve({ code: null, signal: null });
      });
      this.#process.once("close", (code, signal) => resolve({ code, signal }));
    });
    void this.ended.then(() => {
      this.#alive = false;
    });
    this.ready = this.#listen(hear);
    this.ready.catch(() => undefined);
    this.tell(spec.warm === undefined ? { kind: "go" } : { kind: "warm", modules: spec.warm.map(String) });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Opens the gate: the child's own program starts. */
  open(): void {
    this.tell({ kind: "go" });
  }

  /** Sends a message; one that does not arrive is not an error: the child's end says it all. */
  tell(message: object): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Hears what the child sends over the channel. */
  onMessage(listener: (message: unknown) => void): void {
    this.#process.on("message", listener);
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    if (this.#alive) this.#process.kill(name);
  }

  #listen(hear: Hear): Promise<Ready> {
    return new Promise((resolve, reject) => {
      const { stdout, stderr } = this.#process;
      if (stdout !== null)
        createInterface({ input: stdout }).on("line", (text) => {
          const json = parseLine(text);
          const ready = readyLine.safeParse(json);
          if (ready.success) resolve(ready.data);
          hear(this, { text, json, error: false });
        });
      if (stderr !== null)
        createInterface({ input: stderr }).on("line", (text) => {
          this.complaints.push(text);
          if (this.complaints.length > bounds.stderrLines) this.complaints.shift();
          hear(this, { text, json: undefined, error: true });
        });
      void this.ended.then(({ code, signal }) => reject(new Error(this.#whyEnded(code, signal))));
    });
  }

  #whyEnded(code: number | null, signal: string | null): string {
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    return [`${this.role} ended ${how} before it was ready`, ...this.complaints].join("\n    ");
  }
}

function parseLine(text: string): unknown {
  if (!text.startsWith("{") || text.length > bounds.lineChars) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A worker as a child process: started with its part of the machine, heard over the IPC channel. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { WorkerId } from "../../contract/ids.ts";
import { fromWorker, type ToWorker } from "../../contract/supervision.ts";
import type { MachinePlan } from "../../core/machine-plan.ts";
import type { WorkerProcess } from "./keep-workers.ts";
import type { SharedProtection } from "./shared-protection.ts";

/** What a child is started with. `protection` is absent where there is no task to protect. */
export type ForkOptions = {
  readonly entry: URL;
  readonly plan: MachinePlan;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly protection: SharedProtection | undefined;
};

/** Starts one worker. Its output goes where ours goes. */
export function forkWorker({ entry, plan, env, protection }: ForkOptions): WorkerProcess {
  const child = fork(fileURLToPath(entry), {
    env: { ...env, MUSTER_SLOTS: String(plan.slots), MUSTER_SUPERVISED: "true" },
    execArgv: [`--max-old-space-size=${plan.heapMiB}`],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let id: WorkerId | undefined;
  let told: { idleMs: number; held: boolean } | undefined;
  const say = (message: ToWorker) => {
    if (child.connected) child.send(message, () => undefined);
  };
  child.on("message", (message) => {
    const { data: said } = fromWorker.safeParse(message);
    if (said?.kind === "worker-ready") id = said.workerId;
    if (said?.kind === "worker-idle") told = said;
    if (said?.kind === "protection-wish" && protection !== undefined) {
      const { ask, wanted } = said;
      void protection.wish(child, wanted).then((outcome) => say({ kind: "protection-outcome", ask, outcome }));
    }
  });
  const ended = new Promise<{ clean: boolean }>((resolve) => {
    const end = (clean: boolean) => {
      void protection?.forget(child);
      resolve({ clean });
    };
    child.once("error", () => end(false));
    child.once("exit", (code) => end(code === 0));
  });
  return {
    get workerId() {
      return id;
    },
    get told() {
      return told;
    },
    ended,
    hold: (held) => say({ kind: "hold", held }),
    stop: () => void child.kill("SIGTERM"),
  };
}

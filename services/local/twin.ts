/**
 * The whole system on one machine: starts everything at once, keeps it running, stops it in order.
 *
 * STARTING -> READY -> STOPPING (workers drain, then API, controller, stand-ins) -> STOPPED
 */

import type { Lane, WorkerId } from "../contract/ids.ts";
import { queueNames } from "../contract/queues.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import { answerCapacity } from "./answer-capacity.ts";
import { bounds } from "./bounds.ts";
import { type Child, type ChildSpec, type Ended, type Ready, type Role, roles } from "./child.ts";
import { ChildLog } from "./child-log.ts";
import type { Tell } from "./events.ts";
import { Keeper } from "./keeper.ts";
import { prepare, type Stores } from "./prepare.ts";
import {
  awsEnv,
  embeddedAccess,
  embeddedQueues,
  endpoints,
  type Plan,
  programSpecs,
  standInSpecs,
  workerSpec,
} from "./roster.ts";
import { WorkerPool } from "./worker-pool.ts";

export type TwinOptions = {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly tell: Tell;
  /** A part ended again and again; the caller stops the twin. */
  onBroken(error: Error): void;
};

const nowhere = (lane: Lane): string => `http://unknown/${queueNames[lane].name}`;
const NO_QUEUES: Record<Lane, string> = { high: nowhere("high"), normal: nowhere("normal"), low: nowhere("low") };

export class Twin {
  readonly #options: TwinOptions;
  readonly #keepers: Keeper[] = [];
  readonly #logs = new Map<Role, ChildLog>();
  readonly #workers = new Map<Child, WorkerId>();
  readonly #hasten = new AbortController();
  #pool: WorkerPool | undefined;
  /** Whether what starts from now on may begin at once. */
  #isOpen = false;

  constructor(options: TwinOptions) {
    this.#options = options;
  }

  /** Starts all parts; resolves when each of them is ready. Throws with the child's own words when one cannot start. */
  async start(): Promise<void> {
    const { plan, clock, tell } = this.#options;
    tell({ event: "local.starting", dataDir: plan.folder.path, pid: process.pid });
    const standIns = standInSpecs(plan).map((spec) => this.#keep(spec));
    const embedded = plan.standIns.aws.kind === "embedded";
    // The embedded queues' addresses are known, so the programs load while the stores start; others' must be asked for.
    const early = embedded ? this.#startPrograms(embeddedQueues(plan)) : [];
    const listen = Promise.all(standIns.filter(({ child }) => child.role !== "claude").map(({ first }) => first));
    const stores: Stores = embedded ? { kind: "embedded", access: embeddedAccess, listen } : { kind: "elsewhere" };
    const env = awsEnv(plan, embedded ? embeddedQueues(plan) : NO_QUEUES);
    const { apiKey, former, urls } = await this.#unlessBroken(prepare(env, plan.folder, { clock, stores }));
    this.#isOpen = true;
    for (const keeper of embedded ? early : this.#startPrograms(urls)) keeper.open();
    await this.#unlessBroken(Promise.all(this.#keepers.map((keeper) => keeper.first)));
    // All workers that were in an embedded table before ours started belong to an earlier life of this folder.
    if (embedded) for (const workerId of former) this.#report(workerId);
    this.#announce(apiKey);
  }

  /** Stops everything in order; `hasten` shortens it. Runs are kept whatever happens. */
  async stop(because: string): Promise<void> {
    const { clock, tell, plan } = this.#options;
    const startMs = clock.monotonicMs();
    tell({ event: "local.stopping", because });
    this.#pool?.close();
    await this.#stop(["worker"], bounds.drainMs);
    await this.#stop(["api", "controller"], bounds.stopMs);
    await this.#stop(["claude", "dynamodb", "queue"], bounds.stopMs);
    await Promise.all([...this.#logs.values()].map((log) => log.close()));
    plan.folder.forgetAnnouncement();
    tell({ event: "local.stopped", stopMs: Math.round(clock.monotonicMs() - startMs) });
  }

  /** Ends a stop at once: workers are killed, the other parts have `hastyMs`. */
  hasten(): void {
    this.#hasten.abort();
  }

  #stop(which: readonly Role[], graceMs: number): Promise<unknown> {
    const these = this.#keepers.filter((keeper) => which.includes(keeper.child.role));
    const hasty = this.#hasten.signal;
    const others = hasty.aborted ? Math.min(graceMs, bounds.hastyMs) : graceMs;
    return Promise.all(
      these.map((keeper) => (keeper.child.role === "worker" ? keeper.stop(graceMs, hasty) : keeper.stop(others))),
    );
  }

  /** Fails as soon as any child cannot start, whatever is being waited for. */
  #unlessBroken<T>(work: Promise<T>): Promise<T> {
    const never = new Promise<never>((_, reject) => {
      for (const keeper of this.#keepers) keeper.first.catch(reject);
    });
    return Promise.race([work, never]);
  }

  /** Starts API, controller, and the first workers of the pool. */
  #startPrograms(queues: Record<Lane, string>): Keeper[] {
    const { plan, clock } = this.#options;
    const programs = programSpecs(plan, queues).map((spec) => this.#keep(spec));
    const workers: Keeper[] = [];
    const spec = workerSpec(plan, queues);
    this.#pool = new WorkerPool({
      ...{ ...plan.flags.workers, clock },
      start: (stays) => {
        const keeper = this.#keep(spec, (ready) => stays(ready?.workerId));
        workers.push(keeper);
        if (this.#isOpen) keeper.open();
        return {
          get workerId() {
            return keeper.ready?.workerId;
          },
          get sinceMs() {
            return keeper.sinceMs;
          },
          stop: () => this.#end(keeper),
        };
      },
    });
    return [...programs, ...workers];
  }

  /** A worker that the pool has no more. */
  async #end(keeper: Keeper): Promise<void> {
    await keeper.stop(bounds.drainMs, this.#hasten.signal);
    const at = this.#keepers.indexOf(keeper);
    if (at >= 0) this.#keepers.splice(at, 1);
  }

  async #answer(child: Child, message: unknown): Promise<void> {
    const answer = this.#pool && (await answerCapacity(this.#pool, message));
    if (answer !== undefined) child.tell(answer);
  }

  #keep(spec: ChildSpec, stays?: (ready: Ready | undefined) => boolean): Keeper {
    const { clock, chance, tell, onBroken } = this.#options;
    const keeper = new Keeper({
      ...{ spec, clock, chance },
      ...(stays === undefined ? {} : { stays }),
      ...(spec.role === "controller" ? { onMessage: (child, message) => void this.#answer(child, message) } : {}),
      hear: (child, line) => {
        this.#logOf(child.role).write(child.pid, line);
        tell({ event: "child.line", role: child.role, pid: child.pid, line });
      },
      onReady: (child, ready, again) => this.#onReady(child, ready, again),
      onEnd: (child, ended, ready) => this.#onEnd(child, ended, ready),
      onGivenUp: onBroken,
    });
    keeper.first.catch(() => undefined);
    this.#keepers.push(keeper);
    return keeper;
  }

  #onReady(child: Child, { workerId }: Ready, again: boolean): void {
    const { tell } = this.#options;
    if (workerId !== undefined) this.#workers.set(child, workerId);
    if (child.role === "worker") tell({ event: "worker.spawned", pid: child.pid, workerId });
    else if (again) tell({ event: "child.restarted", role: child.role, pid: child.pid });
  }

  #onEnd(child: Child, { code, signal }: Ended, ready: Ready | undefined): void {
    const { tell } = this.#options;
    const workerId = ready?.workerId;
    this.#workers.delete(child);
    if (child.role === "worker") tell({ event: "worker.ended", pid: child.pid, workerId, code, signal });
    else tell({ event: "child.ended", role: child.role, code, signal });
    // A worker that drained has released its runs and taken its item away; any other leaves runs behind.
    if (workerId !== undefined && code !== 0) this.#report(workerId);
  }

  #report(workerId: WorkerId): void {
    const controller = this.#keepers.find((keeper) => keeper.child.role === "controller");
    controller?.child.tell({ kind: "worker-ended", workerId });
  }

  #logOf(role: Role): ChildLog {
    const log = this.#logs.get(role) ?? new ChildLog(this.#options.plan.folder.at("log"), role);
    this.#logs.set(role, log);
    return log;
  }

  #announce(apiKey: string): void {
    const { plan, tell } = this.#options;
    const url = `http://127.0.0.1:${plan.ports.api}`;
    const at = endpoints(plan);
    const pidsOf = (role: Role): number[] =>
      this.#keepers.flatMap(({ child }) => (child.role === role && child.pid !== undefined ? [child.pid] : []));
    plan.folder.announce({ url, pid: process.pid, claude: at.claude });
    tell({
      event: "local.ready",
      ...{ url, apiKey, dataDir: plan.folder.path, endpoints: at },
      pids: Object.fromEntries([["local", [process.pid]], ...roles.map((role) => [role, pidsOf(role)])]),
      readyMs: Math.round(this.#options.clock.monotonicMs()),
      workerIds: [...this.#workers.values()],
      ...(plan.standIns.claude.kind === "stub" ? { stubUrl: at.claude } : {}),
    });
  }
}

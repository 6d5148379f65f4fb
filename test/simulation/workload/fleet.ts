/** The processes of a world: production code started on gated ports, ended, and started again. */
import { api } from "../../../services/api/app.ts";
import type { Place } from "../../../services/contract/fleet.ts";
import { workerId } from "../../../services/contract/ids.ts";
import { generousRateLimit } from "../../../services/contract/rate.ts";
import type { Scaler } from "../../../services/controller/capacity/scaler.ts";
import { Controller } from "../../../services/controller/controller.ts";
import type { Term } from "../../../services/controller/leader.ts";
import type { World } from "../../../services/controller/world.ts";
import type { ReleaseNotice } from "../../../services/core/drain.ts";
import type { RateSettings } from "../../../services/core/rate-control.ts";
import type { Agents } from "../../../services/ports/agents.ts";
import type { BatchModel } from "../../../services/ports/batch-model.ts";
import type { Chance } from "../../../services/ports/clock.ts";
import type { EventSink } from "../../../services/ports/event-sink.ts";
import { Worker } from "../../../services/worker/worker.ts";
import type { Observer } from "../checks/observer.ts";
import type { Dice } from "../engine/dice.ts";
import type { Faults } from "../engine/faults.ts";
import type { Options } from "../engine/options.ts";
import { type ProcessKind, SimProcess, type Skew } from "../engine/sim-process.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { SimModel } from "../world/model.ts";
import type { Ports } from "../world/ports.ts";
import type { RunFiles } from "../world/run-file.ts";
import type { Answer } from "./clients.ts";
import type { Home, SimWorker } from "./sim-worker.ts";

export type FleetParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly options: Options;
  readonly files: RunFiles;
  readonly checks: Required<Observer>;
  readonly model: SimModel;
  /** Ids and fractions that production code draws. */
  readonly chance: Chance;
  portsOf(process: SimProcess): Ports;
  batchModelOf(process: SimProcess): BatchModel;
  agentsOf(process: SimProcess): Agents;
  /** What a controller scales with; without it the fleet is as it is. */
  readonly scalerOf?: ((process: SimProcess, world: World, rate: RateSettings) => Scaler) | undefined;
};

type SimController = { readonly process: SimProcess; readonly controller: Controller };
type SimApi = { readonly process: SimProcess; readonly app: ReturnType<typeof api> };

const silent: EventSink = { emit: () => undefined };
const RESTART_MS = 5_000;
/** A machine is not started again sooner. */
const BOOT_MS = 20_000;
const REPORT_MS = 500;
/** Slots that other messages may be about to take. */
const SPARE = 1;
const CLIENT_WAITS_MS = 30_000;
/** Requests that may start at once where calls are limited. */
export const BURST = 100;
const TRUE: Skew = { offsetMs: 0, speed: 1 };

export class Fleet {
  readonly #parts: FleetParts;
  readonly #rate: RateSettings;
  workers: SimWorker[] = [];
  controllers: SimController[] = [];
  #apis: SimApi[] = [];
  #processes = 0;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    const { callsPerMinute } = parts.options;
    // Mostly nothing reaches the rate: those worlds are about other promises.
    const limit =
      callsPerMinute === undefined
        ? generousRateLimit
        : { ...generousRateLimit, requestsPerMinute: callsPerMinute, burstSize: BURST };
    this.#rate = { platform: "p", workspace: "w", limits: { "*": limit }, headroom: 0, rampMs: 0 };
  }

  /** Whether a worker that takes runs has a free slot; `heldBy` counts the runs of each. */
  hasRoom(heldBy: ReadonlyMap<string, number>): boolean {
    const { slots } = this.#parts.options;
    return this.workers.some(
      ({ process, worker }) =>
        process.isUp && worker.mode === "RUNNING" && (heldBy.get(process.name) ?? 0) < slots - SPARE,
    );
  }

  /** All that run now. */
  get processes(): readonly SimProcess[] {
    return [...this.workers, ...this.controllers, ...this.#apis].map(({ process }) => process);
  }

  /** Whether no process of this name runs, paused ones included. */
  isGone(name: string): boolean {
    return !this.workers.some(({ process }) => process.name === name);
  }

  start(): void {
    const { workers, scaled } = this.#parts.options;
    if (scaled === undefined) for (let i = 0; i < workers; i++) this.startWorker();
    this.startController();
    for (let i = 1; i < (scaled?.controllers ?? 1); i++) this.startController();
    this.startApi();
    this.startApi();
  }

  /** Ids and fractions that production code draws. */
  get chance(): Chance {
    return this.#parts.chance;
  }

  /** On a machine and in a task of its own, unless a place is given: a stopped machine is started again under its old id. */
  startWorker({ at, home }: { readonly at?: Place | undefined; readonly home?: Home } = {}): SimWorker {
    const { options, time, chance, model, checks } = this.#parts;
    const process = this.process("worker", `w_${String(this.#processes).padStart(8, "0")}`);
    const ports = this.#parts.portsOf(process);
    const agents = this.#parts.agentsOf(process);
    const calls = { model: model.of(process), batchModel: this.#parts.batchModelOf(process) };
    const scalingStores = options.scaled && ports.scaling;
    const deps = { ...ports, ...calls, scalingStores, agents, clock: process.clock, chance, events: silent };
    const id = workerId.parse(process.name);
    const number = String(process.number).padStart(8, "0");
    const own = { instanceId: `i-${number}`, ...at, taskArn: `arn:aws:ecs:eu-west-1:1:task/muster/${number}` };
    const place = home?.place ?? own;
    const worker = new Worker(deps, {
      workerId: id,
      pool: home?.pool ?? "local",
      slots: options.slots,
      receiveWaitMs: options.receiveWaitMs,
      visibilityMs: options.visibilityMs,
      host: "sim",
      version: "1",
      place,
      tenantActiveMax: options.tenantActiveMax,
      rate: this.#rate,
      batchCollectMs: 1_000,
      batchPollMs: 5_000,
    });
    const one: SimWorker = { process, worker, place, home, notice: undefined };
    this.workers.push(one);
    void worker.stopped.then(() => {
      const { notice } = one;
      const held = [...this.#parts.files.all()].filter(({ head }) => head?.holder === process.name).length;
      checks.drained({ by: process, notice, held });
      // What the process still had to say goes out with the loop that it is in; then it is gone.
      time.after(0, () => this.#workerGone(one, { clean: worker.leftBehind === 0 }));
    });
    worker.start();
    return one;
  }

  startController(): void {
    const { chance, options } = this.#parts;
    const { queuedMax } = options;
    const process = this.process("controller", `c_${this.#processes}`);
    const ports = this.#parts.portsOf(process);
    const { leases, capacity: _, scaling, ...others } = ports;
    const base = { ...others, queuedMax, clock: process.clock, chance, events: silent };
    const scaler = this.#parts.scalerOf?.(process, base, this.#rate);
    const scales = scaler && { leases, scale: (term: Term) => scaler.decide(term), desk: scaling.desk };
    const controller = new Controller({ ...base, ...scales });
    this.controllers.push({ process, controller });
    void controller.run(new AbortController().signal);
  }

  /** A process for events of AWS, as the function behind EventBridge is one: it keeps nothing. */
  eventTaker(): { readonly process: SimProcess; readonly world: World } {
    const { chance } = this.#parts;
    const process = this.process("controller", `e_${this.#processes}`);
    return {
      process,
      world: { ...this.#parts.portsOf(process), leases: undefined, clock: process.clock, chance, events: silent },
    };
  }

  startApi(): void {
    const { chance, options } = this.#parts;
    const { queuedMax } = options;
    const process = this.process("api", `a_${this.#processes}`);
    const ports = this.#parts.portsOf(process);
    const scalingStores = options.scaled && ports.scaling;
    const deps = { ...ports, scalingStores, agents: this.#parts.agentsOf(process), rate: this.#rate };
    this.#apis.push({ process, app: api({ ...deps, queuedMax, clock: process.clock, chance, events: silent }) });
  }

  /** What a process does kills it. */
  crash(process: SimProcess): void {
    const one = this.workers.find((worker) => worker.process === process);
    if (one !== undefined) this.crashWorker(one);
  }

  /** A worker process is killed; its supervisor may see it and tell the controllers. */
  crashWorker(one: SimWorker, at?: Place): void {
    const { dice, options, time } = this.#parts;
    one.process.end();
    this.#workerGone(one, { at, clean: false });
    if (one.home !== undefined || !dice.happens(options.supervised)) return;
    const id = workerId.parse(one.process.name);
    time.after(dice.between(0, REPORT_MS), () => {
      for (const { process, controller } of this.controllers) process.deliver(() => controller.reportEnd(id));
    });
  }

  /** A worker process goes with its machine. */
  kill(one: SimWorker): void {
    one.process.end();
    this.workers = this.workers.filter((other) => other !== one);
  }

  /** A notice to stop, as the process hears it; further ones say the same again. */
  notify(one: SimWorker, notice: ReleaseNotice): void {
    one.process.deliver(() => {
      if (one.notice === undefined) one.process.disturbedSinceNotice = 0;
      one.notice ??= { ...notice, atMs: one.process.clock.nowMs() };
      one.process.stopByMs = Math.min(one.process.stopByMs, one.notice.deadlineAtMs ?? one.process.stopByMs);
      one.worker.heed(one.notice);
    });
  }

  crashController(one: SimController): void {
    one.process.end();
    this.controllers = this.controllers.filter((other) => other !== one);
  }

  crashApi(): void {
    const [first] = this.#apis;
    if (first === undefined) return;
    first.process.end();
    this.#apis = this.#apis.filter((other) => other !== first);
    this.startApi();
  }

  /** A request to some API process; undefined when no answer came. */
  async ask(path: string, init: RequestInit): Promise<Answer | undefined> {
    const { dice, time } = this.#parts;
    const { process, app } = dice.pick(this.#apis);
    return new Promise((resolve, reject) => {
      const timer = time.after(CLIENT_WAITS_MS, () => resolve(undefined));
      const answer = async () => {
        const response = await app.fetch(new Request(`http://muster${path}`, init));
        const body: unknown = JSON.parse(await response.text());
        process.deliver(() => {
          time.callOff(timer);
          const seconds = response.headers.get("retry-after");
          const again = seconds === null ? {} : { retryAfterMs: Number(seconds) * 1_000 };
          resolve({ status: response.status, body, ...again });
        });
      };
      answer().catch(reject);
    });
  }

  /** Reads an event stream until it ends or the time is over, as a client that then goes away. */
  watch(path: string, init: RequestInit, forMs: number): Promise<{ status: number } | undefined> {
    const { dice, time } = this.#parts;
    const { app } = dice.pick(this.#apis);
    return new Promise((resolve, reject) => {
      let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
      const timer = time.after(forMs, () => {
        resolve(undefined);
        reader?.cancel().catch(reject);
      });
      const follow = async () => {
        const response = await app.fetch(new Request(`http://muster${path}`, init));
        resolve({ status: response.status });
        reader = response.body?.getReader();
        for (let over = reader === undefined; !over; ) over = (await reader?.read())?.done ?? true;
        time.callOff(timer);
      };
      follow().catch(reject);
    });
  }

  #workerGone(one: SimWorker, { at, clean }: { readonly at?: Place | undefined; readonly clean: boolean }): void {
    const { dice, time } = this.#parts;
    if (!this.workers.includes(one)) return;
    this.kill(one);
    one.home?.gone(one, clean);
    if (one.home !== undefined) return;
    const soonMs = dice.between(0, RESTART_MS);
    time.after(at === undefined ? soonMs : soonMs + BOOT_MS, () => void this.startWorker({ at }));
  }

  process(kind: ProcessKind, name: string): SimProcess {
    const { dice, faults, time } = this.#parts;
    const wrong = faults.may("clock-skew") && dice.happens(0.5);
    if (wrong) faults.count("clock-skew");
    const skew = wrong ? { offsetMs: dice.between(-2_000, 2_000), speed: dice.between(0.99, 1.01) } : TRUE;
    return new SimProcess(time, { kind, name, number: this.#processes++ }, skew);
  }
}

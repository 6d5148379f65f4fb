/**
 * One seed: a world is made, harmed while it works (safety: nothing may be wrong), then left in peace (liveness: every
 * accepted run must end within a bound).
 */
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { tenantId } from "../../services/contract/ids.ts";
import { objects } from "../../services/contract/tables.ts";
import { storedKey } from "../../services/core/api-key.ts";
import { tenantDay } from "../../services/core/budget-window.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { allChecks } from "./checks/all.ts";
import { accountedOf } from "./checks/billing.ts";
import { booksDiffer } from "./checks/books.ts";
import type { Cancels } from "./checks/cancels.ts";
import type { Report } from "./checks/observer.ts";
import { worldChecks } from "./checks/of-world.ts";
import type { Resumes } from "./checks/resumes.ts";
import { Paid } from "./checks/shared-budgets.ts";
import { Dice } from "./engine/dice.ts";
import { Faults } from "./engine/faults.ts";
import { Network } from "./engine/network.ts";
import type { Options } from "./engine/options.ts";
import { Quiet } from "./engine/quiet.ts";
import { EPOCH_MS } from "./engine/sim-process.ts";
import { Trace } from "./engine/trace.ts";
import { VirtualTime } from "./engine/virtual-time.ts";
import { Weather } from "./engine/weather.ts";
import type { Extras, Outcome, Violation } from "./outcome.ts";
import { AwsEvents } from "./workload/aws-events.ts";
import { Clients } from "./workload/clients.ts";
import { Fleet } from "./workload/fleet.ts";
import { Nemesis } from "./workload/nemesis.ts";
import { startOperator } from "./workload/operator.ts";
import { scaledWorld } from "./workload/scaled-world.ts";
import { makeEffects } from "./world/effects.ts";
import { SimModel } from "./world/model.ts";
import { processPorts } from "./world/process-ports.ts";
import { type RunFile, RunFiles } from "./world/run-file.ts";
import { SharedBudgets } from "./world/shared-budgets.ts";
import { agentsOf } from "./world/sim-agent.ts";
import { SimBatches } from "./world/sim-batches.ts";
import { worldStores } from "./world/stores.ts";
import { Unreadable } from "./world/unreadable.ts";

/** Harm lasts this long after the last submit is planned, at most. */
const HARM_MS = 120_000;
/** By then every accepted run has ended. */
const LIVENESS_MS = 25 * 60_000;

/** By then a fleet without load is at its minimum: machines that failed to come up, or that nobody knows of, included. */
const FLOOR_MS = 30 * 60_000;

/** By then a budget that stays is spent as far as it can be. */
const SPENT_MS = 10 * 60_000;

/** By then the books agree with the runs; how often that is looked at. */
const BOOKS_MS = 5 * 60_000;
const BOOKS_LOOK_MS = 5_000;

const OPERATOR = "olga";
const TENANTS = ["anna", "bert", "cleo"] as const;
const secretOf = (name: string): string => `mk_${name.padEnd(43, "0")}`;

export class Simulation {
  readonly #options: Options;
  readonly time = new VirtualTime();
  readonly files = new RunFiles();
  readonly paid = new Paid();
  readonly model: SimModel;
  readonly resumes: Resumes;
  readonly cancels: Cancels;
  readonly #quiet: Quiet;
  readonly #trace: Trace;
  readonly #faults: Faults;
  readonly #budgets: SharedBudgets;
  readonly #budgetsStay: boolean;
  readonly #clients: Clients;
  readonly #nemesis: Nemesis;
  readonly #events: AwsEvents;
  readonly #fleet: Fleet;
  readonly #scaled: ReturnType<typeof scaledWorld>;
  readonly #stores: ReturnType<typeof worldStores>;
  #violation: Violation | undefined;

  constructor(options: Options, extras: Extras = {}) {
    this.#options = options;
    const { time, files } = this;
    const faults = new Faults(options.faults);
    const trace = new Trace(time, extras.say);
    const dice = (stream: number) => new Dice(options.seed, stream);
    this.#budgets = new SharedBudgets(options);
    this.#budgetsStay = extras.budgetsStay === true;
    const harmLasts = () => this.#nemesis.harmLasts || this.#scaled?.nemesis.harmLasts === true;
    this.#quiet = new Quiet({ time, faults, harm: () => ({ lasts: harmLasts() }) });
    const { budgets, paid, quiet } = { budgets: this.#budgets, paid: this.paid, quiet: () => this.#quiet };
    const ofThisWorld = worldChecks({ options, time, budgets, paid, quiet });
    this.resumes = ofThisWorld.resumes;
    this.cancels = ofThisWorld.cancels;
    const weather = new Weather(dice(1), faults, options);
    const network = new Network({ time, dice: dice(2), weather, trace, options });
    const scaled = scaledWorld(options.scaled, {
      ...{ time, dice, faults, trace, network, files },
      fleet: () => this.#fleet,
      events: () => this.#events,
      portsOf: (process) => ports.of(process),
    });
    const checks = allChecks(this.#report, files, [...ofThisWorld.checks, ...(scaled ? [scaled.watch.check] : [])]);
    const stores = worldStores({
      ...{ time, network, files, checks, trace },
      indexLagMs: () => this.#nemesis.indexLagMs,
      isGone: (id) => this.#fleet.isGone(id),
      leads: (by) => scaled?.watch.leads(by),
      takesNone: (id) => scaled?.machines.takesNone(id),
    });
    const model = new SimModel({
      ...{ time, dice: dice(3), faults, options, files, checks, trace },
      crash: (process) => this.#fleet.crash(process),
    });
    this.model = model;
    const batches = new SimBatches({ time, dice: dice(9), faults, options, network, files, checks, model });
    const act = makeEffects({ time, dice: dice(4), checks, trace, fileOf: ({ key }) => this.#ownerOf(key) });
    const unreadable = new Unreadable();
    const objectsAreDown = () => this.#nemesis.objectsAreDown;
    const ports = processPorts({ network, weather, stores, files, checks, unreadable, objectsAreDown }, scaled, extras);
    const fleet = new Fleet({
      ...{ time, dice: dice(5), faults, options, files, checks, model, chance: seededChance(options.seed) },
      portsOf: ports.of,
      scalerOf: scaled && ((process, world, rate) => scaled.scalerOf(world, ports.ofScaler(process, scaled), rate)),
      batchModelOf: (process) => extras.plantBatches?.(batches.of(process)) ?? batches.of(process),
      agentsOf: (process) =>
        agentsOf(process, (by, replay, context) => act(by, replay, extras.plantTool?.(context, by) ?? context)),
    });
    const callers = TENANTS.slice(0, options.tenants).map((name) => ({
      tenant: tenantId.parse(name),
      key: secretOf(name),
    }));
    const ask = (path: string, init: RequestInit) => fleet.ask(path, init);
    const watch = (path: string, init: RequestInit, forMs: number) => fleet.watch(path, init, forMs);
    this.#clients = new Clients({ time, dice: dice(6), options, files, checks, callers, ask, watch });
    const events = new AwsEvents({ time, dice: dice(8), faults, taker: () => fleet.eventTaker() });
    this.#events = events;
    this.#scaled = scaled;
    const struck = { weather, fleet, stores, events, files, unreadable };
    this.#nemesis = new Nemesis({ time, dice: dice(7), faults, options, ...struck });
    this.#faults = faults;
    this.#trace = trace;
    this.#fleet = fleet;
    this.#stores = stores;
  }

  async run(): Promise<Outcome> {
    await this.#furnish();
    this.#fleet.start();
    this.#scaled?.start();
    this.#clients.start();
    this.#nemesis.start();
    this.#quiet.watch(() => {
      this.resumes.look(this.#fleet.hasRoom(this.files.heldBy));
      this.cancels.look();
    });
    const ask = (path: string, init: RequestInit) => this.#fleet.ask(path, init);
    startOperator({ time: this.time, key: secretOf(OPERATOR), ask });
    const isDone = () => this.#violation !== undefined || this.#allEnded();
    const harmMs = this.#options.submitOverMs + HARM_MS;
    // A scaled world is harmed on while its fleet shrinks.
    await this.time.pass(harmMs, this.#scaled === undefined ? isDone : () => this.#violation !== undefined);
    this.#nemesis.stop();
    this.#scaled?.nemesis.stop();
    if (this.#budgetsStay) await this.time.pass(this.time.nowMs + SPENT_MS, isDone);
    else {
      await this.#budgets.lift(this.#stores, EPOCH_MS + this.time.nowMs);
      const end = await this.time.pass(this.time.nowMs + LIVENESS_MS, isDone);
      if (end !== "done") this.#reportStuck();
      else if (this.#violation === undefined) await this.#rest();
      this.#checkBills();
    }
    return {
      seed: this.#options.seed,
      runs: this.files.accepted,
      steps: this.time.steps,
      virtualMs: Math.round(this.time.nowMs),
      hash: this.#trace.hash,
      faults: this.#faults.counts,
      ends: this.files.ends,
      seen: {
        ...{ redriven: this.files.redriven, refused: this.#clients.refused, resumed: this.resumes.seen },
        cancelled: this.cancels.seen,
        ...{ launched: this.#scaled?.machines.launched ?? 0, scaledIn: this.#scaled?.machines.ended ?? 0 },
      },
      violation: this.#violation,
    };
  }

  /** What Muster takes for spent of a tenant's day: told by workers, or drawn by dead ones as far as anybody knows. */
  async accounted(tenant: string): Promise<number> {
    const { id } = tenantDay(tenantId.parse(tenant), EPOCH_MS);
    return (await this.#stores.budgets.read(id)).spentMicroUsd;
  }

  /** Keys of the tenants and of the operator, and the document that tools read. */
  async #furnish(): Promise<void> {
    await this.#budgets.set(this.#stores);
    const operator = { tenant: tenantId.parse(OPERATOR), role: "operator", name: OPERATOR } as const;
    await this.#stores.keys.put(storedKey(secretOf(OPERATOR), operator, EPOCH_MS));
    for (const name of TENANTS) {
      const tenant = tenantId.parse(name);
      await this.#stores.keys.put(storedKey(secretOf(name), { tenant, role: "tenant", name }, EPOCH_MS));
      await this.#stores.objects.put(objects.document(tenant, "guide.txt"), "a guide");
    }
  }

  readonly #report: Report = (promise, file, detail) => {
    this.#violation ??= {
      promise,
      seed: this.#options.seed,
      step: this.time.steps,
      atMs: Math.round(this.time.nowMs),
      runId: file?.id,
      detail,
      story: file?.story ?? [],
    };
  };

  #allEnded(): boolean {
    return this.files.open === 0 && this.#clients.isDone;
  }

  #ownerOf(key: string): RunFile {
    const file = this.files.ofKey.get(key);
    if (file !== undefined) return file;
    this.#report("keysAreTheModels", undefined, `an effect under ${key}, which no answer of the model asked for`);
    throw new Error(`simulation: nobody asked for the tool call ${key}`);
  }

  /** The fleet is as small as it may be, and the books are whole. */
  async #rest(): Promise<void> {
    const machines = this.#scaled?.machines;
    if (machines !== undefined) {
      const end = await this.time.pass(
        this.time.nowMs + FLOOR_MS,
        () => this.#violation !== undefined || machines.atFloor,
      );
      if (end !== "done") this.#report("fleetComesToItsFloor", undefined, machines.told);
    }
    await this.#settleBooks();
  }

  /** What was booked late or not yet comes into the books within a bound. */
  async #settleBooks(): Promise<void> {
    const untilMs = this.time.nowMs + BOOKS_MS;
    for (;;) {
      const time = { fromMs: EPOCH_MS, toMs: EPOCH_MS + this.time.nowMs };
      const differ = await booksDiffer(this.#stores.ledger, this.files, time);
      if (differ === undefined) return;
      if (this.time.nowMs >= untilMs) return this.#report("booksAreExact", undefined, differ);
      await this.time.pass(this.time.nowMs + BOOKS_LOOK_MS, () => this.#violation !== undefined);
    }
  }

  /** What was billed after the end of a run is accounted for too: a call that went on, a batch that came later. */
  #checkBills(): void {
    for (const file of this.files.list) {
      const { head, billed } = file;
      if (head !== undefined && isEnded(head.state) && billed > accountedOf(head))
        this.#report(
          "billedIsAccounted",
          file,
          `${billed} calls billed in the end, ${accountedOf(head)} accounted for`,
        );
    }
  }

  #reportStuck(): void {
    const stuck = [...this.files.all()].find(({ head, acceptedAtMs }) => acceptedAtMs !== undefined && head?.wakeId);
    this.#report("everyRunEnds", stuck, `${this.files.open} runs are open ${LIVENESS_MS} ms after the last fault`);
  }
}

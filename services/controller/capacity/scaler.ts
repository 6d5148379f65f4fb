/**
 * Scales the fleet while its controller leads: decides, acts, and keeps what the next decision needs, whoever makes it.
 * Whether it leads is asked before each act; what one does in the moment in which it is overtaken is harmless: targets are
 * absolute, and a machine leaves one way only.
 */
import type { CapacityDecision, PoolTarget } from "../../contract/capacity.ts";
import type { ScalingEvent } from "../../contract/capacity-events.ts";
import { noDemandProfile } from "../../contract/capacity-profile.ts";
import type { ScalingState } from "../../contract/scaling.ts";
import { MINUTE } from "../../contract/units.ts";
import { astrayTooLong } from "../../core/capacity/astray.ts";
import { stillSilent } from "../../core/capacity/still-silent.ts";
import { wasDecided } from "../../core/capacity/was-decided.ts";
import { wordsOf } from "../../core/capacity/words.ts";
import type { PoolOutcome } from "../../ports/capacity.ts";
import type { Term } from "../leader.ts";
import { messageOf } from "../message-of.ts";
import { readFleet } from "../read-fleet.ts";
import type { Scaled, World } from "../world.ts";
import { machineBell } from "./machine-bell.ts";
import type { Scaling } from "./scaling.ts";
import { type Known, type Taken, takeSnapshot } from "./snapshot.ts";
import { stateOf } from "./state-of.ts";
import { answersOf, changes, eventsOf, summaryOf } from "./tell.ts";

type Decided = {
  readonly taken: Taken;
  readonly decision: CapacityDecision;
  readonly id: string;
  readonly atMs: number;
};

/** How the acts of a decision went as a whole, and what pools answered to those that were made. */
type Acted = { readonly kind: "done" | "failed" | "fenced"; readonly outcomes: readonly PoolOutcome[] };

export class Scaler {
  readonly #world: World;
  readonly #scaling: Scaling;
  /** Of which leadership the rest is; what another leader kept is read when it changes. */
  #epoch: number | undefined;
  #known: Known = { state: undefined, profile: undefined, activeMean: undefined, turn: 0 };
  #active: { readonly atMs: number; readonly runs: number }[] = [];

  constructor(world: World, scaling: Scaling) {
    this.#world = world;
    this.#scaling = scaling;
  }

  /** One decision, acted on. Throws when a store fails, before or after the act; the next one goes on from what was kept. */
  async decide(term: Term): Promise<Scaled> {
    if (term.epoch !== this.#epoch) await this.#takeOver(term.epoch);
    return this.#decide(term);
  }

  /** Reads what the leader before this one kept. */
  async #takeOver(epoch: number): Promise<void> {
    const { memory } = this.#scaling.stores;
    const [state, profile] = await Promise.all([memory.state(), memory.profile()]);
    this.#known = { ...this.#known, state, profile };
    this.#epoch = epoch;
  }

  async #decide(term: Term): Promise<Scaled> {
    const { clock, chance } = this.#world;
    const { policy, acts, decide } = this.#scaling;
    const taken = await takeSnapshot(this.#world, this.#scaling, this.#known);
    const atMs = clock.nowMs();
    const decision = decide(taken.snapshot, policy, atMs);
    const done: Decided = { taken, decision, atMs, id: chance.id().slice(0, 12) };
    const asked = changes(decision.targets, taken.snapshot.pools);
    if (acts && !(await this.#keepLeaving(term.epoch, done))) return "fenced";
    if (acts) await this.#drainAstray(taken, term);
    const targets = acts ? await this.#tellMachines(asked, taken, term) : asked;
    if (targets === "fenced") return "fenced";
    const { kind, outcomes }: Acted =
      acts && targets.length > 0
        ? await this.#act(targets, { term, decision: done.id })
        : { kind: "done", outcomes: [] };
    const isFenced = kind === "fenced";
    if (isFenced && outcomes.length === 0) return "fenced";
    // What was done is kept, whoever leads now; the store refuses it where he has kept something since.
    const made = isFenced ? targets.filter((one) => outcomes.some(({ pool }) => pool === one.pool)) : targets;
    const isKept = await this.#keep(term.epoch, done, { targets: made, outcomes });
    if (isFenced || !isKept) return "fenced";
    return kind === "failed" || !wasDecided(decision) ? "held" : "decided";
  }

  /** Who does not say where it is keeps its pool from being scaled: another takes its place. */
  async #drainAstray({ workers }: Taken, term: Term): Promise<void> {
    const { clock, events, fleet } = this.#world;
    const nowMs = clock.nowMs();
    for (const { workerId, pool, startedAtMs } of astrayTooLong(workers, nowMs)) {
      if (!(await term.isMine())) return;
      if (await fleet.requestDrain(workerId))
        events.emit("worker.astray", { workerId, pool, forMs: nowMs - startedAtMs });
    }
  }

  #failed(operation: string) {
    return (error: unknown) => {
      this.#world.events.emit("store.failed", { operation, message: messageOf(error) });
      return "failed" as const;
    };
  }

  /** Tells machines to leave, and looks a second time at those that are to be ended. Gives what is to be carried out. */
  async #tellMachines(
    targets: readonly PoolTarget[],
    { workers, snapshot }: Taken,
    term: Term,
  ): Promise<readonly PoolTarget[] | "fenced"> {
    if (targets.length === 0) return targets;
    const { fleet } = this.#world;
    if (!(await term.isMine())) return "fenced";
    const bell = machineBell(fleet, workers, term.isMine);
    await bell.cordon(targets.flatMap(({ cordon }) => cordon)).catch(this.#failed("controller.cordon"));
    await bell.drain(targets.flatMap(({ drain }) => drain)).catch(this.#failed("controller.drain"));
    if (targets.every(({ end }) => end.length === 0)) return targets;
    const seen = await readFleet(fleet).catch(this.#failed("controller.look"));
    return stillSilent(targets, seen === "failed" ? undefined : seen, snapshot.pools);
  }

  /** Carries the targets out. What fails is told, and asked for again by the next decision. */
  async #act(
    targets: readonly PoolTarget[],
    { term, decision }: { readonly term: Term; readonly decision: string },
  ): Promise<Acted> {
    const by = { epoch: term.epoch, decision, isMine: term.isMine };
    const answers = await this.#scaling.capacity.act(targets, by).catch(this.#failed("controller.act"));
    if (answers === "failed") return { kind: "failed", outcomes: [] };
    const outcomes = answers.filter(({ outcome }) => outcome.kind !== "fenced");
    const failures = outcomes.flatMap(({ pool, outcome }) => (outcome.kind === "failed" ? [{ pool, ...outcome }] : []));
    for (const { pool, because } of failures) this.#failed("controller.act")(new Error(`${pool}: ${because}`));
    if (outcomes.length < answers.length) return { kind: "fenced", outcomes };
    return { kind: outcomes.length > 0 && failures.length === outcomes.length ? "failed" : "done", outcomes };
  }

  /** False when the store knows of a later leader: then nothing was written. */
  async #keepState(epoch: number, state: ScalingState): Promise<boolean> {
    const isKept = await this.#scaling.stores.memory.keepState(epoch, state);
    if (isKept) this.#known = { ...this.#known, state };
    else this.#epoch = undefined;
    return isKept;
  }

  /**
   * Who leaves is kept before anybody is told: else the next leader would take who is half out for one that comes, and send
   * another away.
   */
  async #keepLeaving(epoch: number, done: Decided): Promise<boolean> {
    const { memory } = done.taken.snapshot;
    const { leaving, scaledInAtMs } = done.decision.memory;
    if (leaving.every(({ id }) => memory.leaving.some((one) => one.id === id))) return true;
    return this.#keepState(
      epoch,
      stateOf(done, { ...memory, leaving, scaledInAtMs }, this.#known.state?.answers ?? []),
    );
  }

  /** As `#keepState`, once the acts are done, and tells of it. */
  async #keep(
    epoch: number,
    { taken, decision, id, atMs }: Decided,
    { targets, outcomes }: { readonly targets: readonly PoolTarget[]; readonly outcomes: readonly PoolOutcome[] },
  ): Promise<boolean> {
    const { stores, policy, acts } = this.#scaling;
    const { snapshot, expired } = taken;
    const before = this.#known.state?.answers ?? [];
    const answers = answersOf(outcomes, atMs);
    if (!(await this.#keepState(epoch, stateOf({ taken, id, atMs }, decision.memory, answers)))) return false;
    const isNews = (one: (typeof answers)[number]) =>
      !before.some(({ pool, kind }) => pool === one.pool && kind === one.kind);
    const refused = [...answers, ...snapshot.answers.slice(before.length)].filter(isNews);
    this.#known = { ...this.#known, turn: this.#known.turn + 1, activeMean: this.#meanActive(taken, atMs) };
    const events = eventsOf({ targets, pools: snapshot.pools, refused, expired }, id, atMs);
    if (acts) this.#tell(events);
    if (acts && events.length > 0) await stores.log.append(events);
    if (expired !== undefined) await stores.desk.changeOrder(expired, undefined);
    await stores.memory.publish(summaryOf(taken, decision, { epoch, atMs, policy: policy.kind, acts }));
    await this.#learn(epoch, decision, atMs);
    return true;
  }

  #tell(history: readonly ScalingEvent[]): void {
    const { events } = this.#world;
    for (const event of history) {
      if (event.kind === "target") {
        const { pool, from, to, cordoned, drained, ended } = event;
        const because = event.because.map((one) => wordsOf(one));
        events.emit("fleet.scaled", { pool, from, to, cordoned, drained, ended, because });
      } else if (event.kind === "refused")
        events.emit("fleet.refused", { pool: event.pool, answer: event.answer, because: event.because });
    }
  }

  /** Mean of the active runs of the last minute, in an unknown pool by what its workers say; undefined while they are unheard. */
  #meanActive({ snapshot }: Taken, atMs: number): number | undefined {
    const active = snapshot.pools.map(({ state, heard }) => {
      if (state.kind !== "known") return heard?.active;
      return state.value.machines.reduce((sum, one) => sum + (one.kind === "working" ? one.active : 0), 0);
    });
    const known = active.filter((one) => one !== undefined);
    if (known.length < active.length) return undefined;
    const runs = known.reduce((sum, one) => sum + one, 0);
    this.#active = [...this.#active.filter((one) => atMs - one.atMs < MINUTE), { atMs, runs }];
    return this.#active.reduce((sum, one) => sum + one.runs, 0) / this.#active.length;
  }

  async #learn(epoch: number, { slots }: CapacityDecision, atMs: number): Promise<void> {
    const { learn, stores } = this.#scaling;
    if (learn === undefined || slots === undefined) return;
    const { profile = noDemandProfile } = this.#known;
    // Not the need: what was foretold would be learned as if it had come, and foretold for ever.
    const learned = learn(profile, slots.demand, atMs);
    this.#known = { ...this.#known, profile: learned };
    if (learned.version !== profile.version) await stores.memory.keepProfile(epoch, learned);
  }
}

/**
 * A fleet of gates on a virtual clock: the worker's own code over the memory store, with latency, skewed clocks, crashes and lost
 * answers from one seed. Its runs ask for a permit, call for a while, settle, and ask again.
 */
import { faults } from "../../services/adapters/memory/faults.ts";
import { memoryLimiterStore } from "../../services/adapters/memory/limiter-store.ts";
import { type ManualClock, manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import type { Amounts, RateLimit } from "../../services/contract/rate.ts";
import type { RateSettings } from "../../services/core/rate-control.ts";
import { type Clock, OVER } from "../../services/ports/clock.ts";
import type { LimiterStore } from "../../services/ports/limiter-store.ts";
import type { ModelAnswer, ModelFailure } from "../../services/ports/model.ts";
import type { GateParts } from "../../services/worker/gate-parts.ts";
import { RateGate } from "../../services/worker/rate-gate.ts";
import { aUsage } from "../support/builders.ts";
import { remoteStore, type Slots } from "./remote-store.ts";

export const CLASS = "claude-test";
const START = Date.UTC(2026, 9, 1);

export type FleetOptions = {
  readonly workers: number;
  readonly runsPerWorker: number;
  readonly limit: RateLimit;
  readonly turnMs: number;
  readonly seed?: number;
  readonly rampMs?: number;
  /** Each clock is off by up to this. */
  readonly skewMs?: number;
  /** Mean time of a store call in each direction. */
  readonly storeMs?: number;
  /** Share of store calls whose answer is lost after they were carried out. */
  readonly lostShare?: number;
  /** Share of writes that the network delivers twice. */
  readonly doubledShare?: number;
  /** Mean life of a worker; a new one takes its place. */
  readonly lifeMs?: number;
  /** Tokens that a call uses; `estimate` is what it is believed to use before. */
  readonly tokens?: { readonly input: number; readonly output: number; readonly estimate: number };
  /** What the server's headers say to a call that starts at this moment. */
  left?(atMs: number): Partial<Amounts> | undefined;
  /** What becomes of a call that starts at this moment. */
  outcome?(atMs: number): ModelFailure | undefined;
};

export type Send = { readonly atMs: number; readonly worker: number; readonly waitMs: number };

/** An answer that used these tokens. */
export const answerUsing = (input: number, output: number): ModelAnswer => ({
  kind: "answer",
  model: CLASS,
  messageId: "m",
  requestId: undefined,
  content: [],
  stopReason: "end_turn",
  usage: { ...aUsage(), inputTokens: input, outputTokens: output, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 },
});

/** Starts a fleet over the memory store; `sends` grows while its clock is moved. */
export function aFleet(options: FleetOptions) {
  const clock: ManualClock = manualClock(START);
  const store = memoryLimiterStore(faults(), clock);
  // Getters live on: crashes are counted while the fleet runs.
  return Object.assign(fleetOver({ clock, store }, options), { clock, store });
}

/** Starts a fleet of gates over a store. */
export function fleetOver({ clock, store }: { clock: Clock; store: LimiterStore }, options: FleetOptions) {
  const {
    workers,
    runsPerWorker,
    limit,
    turnMs,
    seed = 1,
    rampMs = 0,
    skewMs = 0,
    lostShare = 0,
    doubledShare = 0,
    storeMs = 5,
  } = options;
  const chance = seededChance(seed);
  const { portOf, counts, input } = remoteStore(store, {
    clock,
    storeMs,
    lostShare,
    doubledShare,
    fraction: chance.fraction,
  });
  const settings: RateSettings = { platform: "p", workspace: "w", limits: { "*": limit }, headroom: 0, rampMs };
  const sends: Send[] = [];
  const events: { name: string; payload: unknown }[] = [];
  const used = { input: 0 };
  const gates: RateGate[] = [];
  const runs: Promise<void>[] = [];
  /** Raised when runs ask no more and finish what they do. */
  const closing = new AbortController();
  /** Since when each run that waits has waited. */
  const asking = new Map<object, number>();
  let crashes = 0;
  const over = new AbortController();
  const { input: inputTokens, output: outputTokens, estimate } = options.tokens ?? { input: 0, output: 0, estimate: 0 };

  /** Slots of every worker that was there, and which of them have died. */
  const allSlots: Slots[] = [];
  const deadSlots: Slots[] = [];

  async function run(
    gate: RateGate,
    { worker, slots }: { worker: number; slots: Slots },
    stop: AbortSignal,
  ): Promise<void> {
    const me = {};
    await clock.sleep(100 * chance.fraction(), stop);
    const signal = AbortSignal.any([stop, closing.signal]);
    while (!signal.aborted) {
      const askedMs = clock.monotonicMs();
      asking.set(me, askedMs);
      const taken = await gate.take(me, {
        lane: "normal",
        tokens: { input: estimate, output: estimate },
        signal,
      });
      asking.delete(me);
      if (stop.aborted) return;
      if (taken.kind !== "permit") {
        await clock.sleep(taken.kind === "held" ? taken.waitMs : 1_000, stop);
        continue;
      }
      const atMs = clock.monotonicMs();
      slots.used++;
      sends.push({ atMs, worker, waitMs: atMs - askedMs });
      const failure = options.outcome?.(atMs);
      const left = options.left?.(atMs);
      if (left !== undefined) taken.heard({ limits: {}, left });
      await clock.sleep(failure === undefined ? turnMs * (0.5 + chance.fraction()) : 50, stop);
      if (stop.aborted) return;
      used.input += failure === undefined ? inputTokens : 0;
      taken.settle(failure ?? answerUsing(inputTokens, outputTokens));
      if (failure !== undefined) await clock.sleep(1_000 + 1_000 * chance.fraction(), stop);
    }
  }

  async function live(worker: number): Promise<void> {
    while (!over.signal.aborted) {
      const stop = new AbortController();
      over.signal.addEventListener("abort", () => stop.abort(OVER), { once: true });
      const offMs = skewMs * (2 * chance.fraction() - 1);
      const own: Clock = { ...clock, nowMs: () => Math.floor(clock.nowMs() + offMs), sleep: clock.sleep };
      const slots: Slots = { given: 0, lost: 0, used: 0 };
      allSlots.push(slots);
      const parts: GateParts = {
        store: portOf(slots),
        clock: own,
        chance,
        events: { emit: (name, payload) => void events.push({ name, payload }) },
        settings,
        stop: stop.signal,
        onChange: () => undefined,
      };
      const gate = new RateGate(parts, CLASS);
      gates.push(gate);
      for (let i = 0; i < runsPerWorker; i++) runs.push(run(gate, { worker, slots }, stop.signal));
      if (options.lifeMs === undefined) return;
      await clock.sleep(-Math.log(1 - chance.fraction()) * options.lifeMs, over.signal);
      stop.abort("crash");
      if (over.signal.aborted) return;
      crashes++;
      deadSlots.push(slots);
    }
  }

  for (let worker = 0; worker < workers; worker++) live(worker);
  return {
    counts,
    /** Tokens by the bookings (`moved`, `from`) and by the calls (`used`). */
    input,
    sends,
    /** How long those that wait now have waited. Milliseconds. */
    openWaits: () => [...asking.values()].map((sinceMs) => clock.monotonicMs() - sinceMs),
    events,
    used,
    /** Slots that nobody will use: of bookings that no worker knows of, and of workers that died before they came. */
    wasted: () => ({
      lost: allSlots.reduce((sum, { lost }) => sum + lost, 0),
      stranded: deadSlots.reduce((sum, { given, used }) => sum + given - used, 0),
    }),
    name: { platform: "p", workspace: "w", limitClass: CLASS },
    get crashes() {
      return crashes;
    },
    /** Lets calls under way end, writes what is owed, and stops. */
    finish: async () => {
      closing.abort(OVER);
      await Promise.all(runs);
      await Promise.all(gates.map((gate) => gate.settleAll()));
      over.abort(OVER);
    },
    stop: () => over.abort(OVER),
  };
}

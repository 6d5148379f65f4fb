/** What all drills share: a twin, its stores, a load on it, and the report. */
import { systemChance } from "../../services/adapters/system/chance.ts";
import type { Rehearsal } from "../bench/submit.ts";
import { startTwin, type Twin } from "../bench/twin.ts";
import { type Account, account } from "./account.ts";
import { Load, pause } from "./load.ts";
import { Reclaims, spread } from "./reclaims.ts";
import { type Stores, storesOf } from "./stores.ts";

/** What a drill is asked for; each has its own defaults. */
export type DrillOptions = {
  readonly kills: number;
  readonly notices: number;
  /** Runs that are kept open. */
  readonly runs: number;
  readonly way: "both" | "supervised" | "silent";
};

/** Every figure that a drill adds to the account of its runs. */
export type Report = {
  readonly settings: object;
  readonly kills: number;
  readonly notices: number;
  readonly promisesBroken: readonly string[];
};

export type Stage = {
  readonly twin: Twin;
  readonly stores: Stores;
  readonly load: Load;
  readonly reclaims: Reclaims;
  progress(text: string): void;
};

/** A drill's twin and load. `input` of the n-th run is a rehearsal of seconds unless given; `env` is added to the twin's. */
export type Setting = {
  readonly name: string;
  readonly flags: readonly string[];
  readonly openRuns: number;
  readonly input?: (n: number) => Rehearsal;
  readonly env?: Readonly<Record<string, string>>;
  /** Stand-ins for Claude that the drill started itself. */
  readonly otherStubs?: readonly string[];
};

/** Stub latency of the drills; its rate limit is none unless a drill sets one. */
export const MODEL = { latency: "none", modelRateLimit: "unlimited" } as const;

/** Most runs are ten turns of a second; every tenth has two long turns, which outlive a hasty stop. */
export const rehearsal = (n: number) =>
  n % 10 === 9
    ? { turns: 2, turnMs: 12_000, chunks: 20, outputTokens: 60 }
    : { turns: 8, turnMs: 700 + (n % 7) * 100, chunks: 5, outputTokens: 60 };

/** Longest time for the act itself, and for what is left to run out after it. */
const ACT_MS = 40 * 60_000;
const FINISH_MS = 240_000;

/** Runs `act` under load on a twin with these flags, then waits for every run, counts, and stops the twin. */
export async function onStage<R extends Report>(given: Setting, act: (stage: Stage) => Promise<R>) {
  const startedMs = performance.now();
  const twin = await startTwin(["--port", "0", "--latency", MODEL.latency, ...given.flags], given.env);
  const stores = storesOf(twin);
  const load = new Load({ twin, stores, input: given.input ?? rehearsal });
  const reclaims = new Reclaims();
  load.onHead((head) => reclaims.see(head));
  const progress = (text: string): void => {
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    process.stderr.write(`${given.name} ${seconds} s: ${text}; ${load.accepted.length} runs accepted\n`);
  };
  try {
    load.start(given.openRuns);
    const fail = (why: string) => (): never => {
      throw new Error(why);
    };
    const report = await Promise.race([
      act({ twin, stores, load, reclaims, progress }),
      twin.ended.then(fail("the twin ended in the middle of the drill")),
      pause(ACT_MS).then(fail(`the drill was not done within ${ACT_MS} ms`)),
    ]);
    progress("load ends, the rest runs out");
    const left = await load.finish(FINISH_MS);
    if (left.length > 0) progress(`${left.length} runs have not ended within ${FINISH_MS} ms`);
    const counted: Account = await account(twin, load.accepted, given.otherStubs);
    const { p50Ms, p95Ms, p99Ms, maxMs, samples } = spread(reclaims.samples);
    const unclaimed = reclaims.waiting > 0 ? [`1: ${reclaims.waiting} runs were never claimed again`] : [];
    return {
      drill: given.name,
      ...counted,
      ...report,
      settings: { ...MODEL, openRuns: given.openRuns, flags: given.flags, ...report.settings },
      reclaims: samples,
      reclaimP50Ms: p50Ms,
      reclaimP95Ms: p95Ms,
      reclaimP99Ms: p99Ms,
      reclaimMaxMs: maxMs,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
      promisesBroken: [...counted.promisesBroken, ...report.promisesBroken, ...unclaimed],
    };
  } finally {
    stores.close();
    await twin.stop();
  }
}

/** A broken promise in words when a figure is above its bound, or missing. */
export const within = (what: string, value: number | null, boundMs: number): string[] =>
  value !== null && value < boundMs ? [] : [`${what}: ${value ?? "nothing was measured"}, the bound is ${boundMs}`];

/** A wait that differs from the one before, so that ends fall into every phase of beats and polls. */
export const uneven = (ms: number): number => ms * (0.5 + systemChance.fraction());

/** Callers of the API: they submit in batches and ask again until they are answered; what they do then is in `follow-ups.ts`. */
import { z } from "zod";
import { runId, type TenantId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import type { Observer } from "../checks/observer.ts";
import type { Dice } from "../engine/dice.ts";
import type { Options } from "../engine/options.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { RunFiles } from "../world/run-file.ts";
import { FollowUps } from "./follow-ups.ts";

/** A caller's tenant and its key. */
export type Caller = { readonly tenant: TenantId; readonly key: string };

/** Sends a request to some API process; undefined when no answer came. */
export type Ask = (path: string, init: RequestInit) => Promise<Answer | undefined>;
/** `retryAfterMs`: what the answer says of when to come again. */
export type Answer = { readonly status: number; readonly body: unknown; readonly retryAfterMs?: number };
/** Reads an event stream for so long at most; undefined when no answer came. */
export type WatchStream = (path: string, init: RequestInit, forMs: number) => Promise<{ status: number } | undefined>;

export type ClientParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly options: Options;
  readonly files: RunFiles;
  readonly checks: Required<Observer>;
  readonly callers: readonly Caller[];
  readonly ask: Ask;
  readonly watch: WatchStream;
};

const lanes = ["high", "normal", "low"] as const;
const BATCH_MAX = 60;
const AGAIN_MS = 2_000;
const WITHOUT_KEY = 0.05;
const REPEATED = 0.05;
/** Chance that a caller does something with all of its runs after a batch. */
const FOR_ALL = 0.2;
/** Chance that a batch comes between the waves of a scaled world. */
const ALONE = 0.2;
/** Different plans of pure runs, about. */
const PURE_PLANS = 5;
const RELAXED_TURNS = 2;
/** Workers that a poison run kills, if it may: it is given up before, and finds an end once it was redriven. */
const POISON = limits.interruptionsMax + 3;
const TURNS = [1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8, 10];

const accepted = z.object({ runs: z.array(z.object({ id: z.string() })) });

type Batch = { readonly caller: Caller; readonly key: string | undefined; readonly body: string };

export class Clients {
  readonly #parts: ClientParts;
  readonly #followUps: FollowUps;
  /** Submits that were refused because too many runs wait. */
  refused = 0;
  #batches = 0;
  #open = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#followUps = new FollowUps(parts);
  }

  /** Whether every batch that is to be answered was. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  /** Plans all submits over the time that the options give. */
  start(): void {
    const { options, dice, time, callers } = this.#parts;
    for (const caller of callers) this.#followUps.planForAll(caller);
    for (let left = options.runs; left > 0; ) {
      const count = Math.min(left, dice.int(1, this.#batchMax));
      left -= count;
      this.#open++;
      time.after(this.#when(), () => void this.#submit(this.#batch(count)));
    }
  }

  /** Some time; where the fleet is scaled mostly in one of the waves. */
  #when(): number {
    const { options, dice } = this.#parts;
    const { scaled, submitOverMs } = options;
    if (scaled === undefined || dice.happens(ALONE)) return dice.between(0, submitOverMs);
    return dice.int(0, scaled.waves - 1) * scaled.waveEveryMs + dice.between(0, scaled.waveMs);
  }

  /** A batch fits into half of a tenant's bound: what can never be taken in is another test's. */
  get #batchMax(): number {
    return Math.min(BATCH_MAX, Math.floor((this.#parts.options.queuedMax ?? Number.POSITIVE_INFINITY) / 2));
  }

  #plan() {
    const { dice, options } = this.#parts;
    const curse = dice.happens(options.cursed) ? { curse: 1 } : {};
    const poison = dice.happens(options.poison) ? { poison: POISON } : {};
    return { turns: dice.pick(TURNS), mix: dice.int(0, 1_000_000), ...curse, ...poison };
  }

  #batch(count: number): Batch {
    const { dice, callers, options } = this.#parts;
    const run = () => ({
      ...this.#asked(),
      lane: dice.pick(lanes),
      ...(dice.happens(options.tightBudgets) ? { budgetMicroUsd: dice.int(1_000, 3_000) } : {}),
      ...(dice.happens(0.02) ? { timeoutMs: dice.int(1_000, 60_000) } : {}),
      ...(dice.happens(0.02) ? { deadlineMs: dice.int(2_000, 120_000) } : {}),
    });
    const key = dice.happens(WITHOUT_KEY) ? undefined : `batch-${this.#batches++}`;
    return { caller: dice.pick(callers), key, body: JSON.stringify({ runs: Array.from({ length: count }, run) }) };
  }

  /** Which agent, its plan, and whether it may wait: runs that may are short, for each of their turns takes long. */
  #asked(): object {
    const { dice, options } = this.#parts;
    const relaxed = dice.happens(options.relaxed) ? { deadline: "relaxed" } : {};
    if (dice.happens(options.pure))
      return { agent: "pure", input: { turns: 1, mix: dice.int(0, PURE_PLANS), pure: true }, ...relaxed };
    const plan = this.#plan();
    const turns = Math.min(plan.turns, "deadline" in relaxed ? RELAXED_TURNS : Number.POSITIVE_INFINITY);
    return { agent: "sim", input: { ...plan, turns }, ...relaxed };
  }

  /** Until it is answered with 202; without an idempotency key there is no second try, and no promise. */
  async #submit(batch: Batch): Promise<void> {
    const { dice, time } = this.#parts;
    const headers = {
      authorization: `Bearer ${batch.caller.key}`,
      "content-type": "application/json",
      ...(batch.key === undefined ? {} : { "idempotency-key": batch.key }),
    };
    for (let isRepeated = false; ; ) {
      const answer = await this.#parts.ask("/v1/runs", { method: "POST", headers, body: batch.body });
      if (answer?.status === 202) {
        this.#take(batch.caller, answer.body);
        if (isRepeated || batch.key === undefined || !dice.happens(REPEATED)) break;
        isRepeated = true;
      } else if (answer?.status === 429) {
        this.refused++;
        if (answer.retryAfterMs === undefined) throw new Error(`submit: no Retry-After in ${JSON.stringify(answer)}`);
        await new Promise<void>((resolve) => time.after(answer.retryAfterMs ?? 0, resolve));
      } else if (answer !== undefined && answer.status < 500) throw new Error(`submit: ${JSON.stringify(answer)}`);
      else if (batch.key === undefined) break;
      await new Promise<void>((resolve) => time.after(dice.between(0, AGAIN_MS), resolve));
    }
    this.#open--;
  }

  #take(caller: Caller, body: unknown): void {
    const { files, checks, time } = this.#parts;
    if (this.#parts.dice.happens(FOR_ALL)) this.#followUps.planForAll(caller);
    for (const run of accepted.parse(body).runs) {
      const file = files.of(runId.parse(run.id));
      checks.accepted(file, caller.tenant);
      checks.shown(file, caller.tenant);
      if (files.accept(file, time.nowMs)) this.#followUps.plan(caller, file);
    }
  }
}

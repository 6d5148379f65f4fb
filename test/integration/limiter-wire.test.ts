/** The limiter's store over real DynamoDB wire calls, against a sequential model. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Amounts, dimensions, generousRateLimit, type RateControl } from "../../services/contract/rate.ts";
import type { LimitName } from "../../services/contract/tables.ts";
import type { Tallies } from "../../services/core/breaker.ts";
import { type Booking, firstSlot, type Moves, movesOf } from "../../services/core/limiter.ts";
import { PERMIT } from "../../services/core/rate-clock.ts";
import { firstControl, lowered, pause, withBreaker, withLimit } from "../../services/core/rate-control.ts";
import { creditFloor } from "../../services/core/server-credit.ts";
import type { LimiterStore, LimitItem } from "../../services/ports/limiter-store.ts";
import { type AwsDeployment, awsDeployment } from "../support/aws-deployment.ts";
import { embeddedAws } from "../support/embedded-aws.ts";

const START = Date.UTC(2026, 9, 1);
const LIMIT = { ...generousRateLimit, requestsPerMinute: 300, burstSize: 20, inputTokensPerMinute: 100_000 };
const TEST_MS = 120_000;

let servers: Awaited<ReturnType<typeof embeddedAws>>;
let made: AwsDeployment;
beforeAll(async () => {
  servers = await embeddedAws();
  made = await awsDeployment(servers);
});
afterAll(async () => {
  await made.dispose();
  await servers.stop();
});

const aName = (): LimitName => ({ platform: "p", workspace: "w", limitClass: `class-${randomUUID()}` });

/** What one after the other would have done, in plain words; none of the code under test. */
class Model {
  item: LimitItem;
  constructor(control: RateControl) {
    this.item = { version: 1, control, positions: { requests: 0, input: 0, output: 0 }, tallies: new Map() };
  }

  book(version: number, moves: Moves, tallies: Tallies): boolean {
    const fits = dimensions.every((dimension) => {
      const [move, at] = [moves[dimension], this.item.positions[dimension]];
      return move.kind === "ahead" ? at >= move.from : at < move.below;
    });
    if (version !== this.item.version || !fits) return false;
    const after = (dimension: keyof Amounts) => {
      const [move, at] = [moves[dimension], this.item.positions[dimension]];
      return move.kind === "ahead" ? at + move.add : move.to;
    };
    const all = new Map(this.item.tallies);
    for (const [bucket, { calls, failures }] of tallies) {
      const before = all.get(bucket) ?? { calls: 0, failures: 0 };
      all.set(bucket, { calls: before.calls + calls, failures: before.failures + failures });
    }
    const positions = { requests: after("requests"), input: after("input"), output: after("output") };
    this.item = { ...this.item, positions, tallies: all };
    return true;
  }

  change(version: number, control: RateControl): boolean {
    if (version !== this.item.version) return false;
    this.item = { ...this.item, version: version + 1, control };
    return true;
  }
}

const worker = fc.integer({ min: 0, max: 3 });
const tokens = fc.integer({ min: 0, max: 9_000 });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("book" as const),
      worker,
      lost: fc.boolean(),
      permits: fc.integer({ min: 0, max: 4 }),
      tokens,
      off: fc.integer({ min: -9_000, max: 9_000 }),
      failures: fc.integer({ min: 0, max: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("look" as const), worker }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 60_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      worker,
      lost: fc.boolean(),
      what: fc.constantFrom("pause", "limit", "server", "open", "close"),
      n: fc.integer({ min: 1, max: 900 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Change = Extract<Step, { do: "change" }>;

function changed(control: RateControl, { what, n }: Change, nowMs: number): RateControl {
  const at = { rampMs: 60_000, nowMs };
  if (what === "pause") return pause(control, { untilMs: nowMs + n * 20, ramp: n % 2 === 0, rampMs: 60_000 }, nowMs);
  if (what === "limit") return withLimit(control, { limit: { ...LIMIT, requestsPerMinute: n }, by: "operator" }, nowMs);
  if (what === "server") return lowered(control, { requestsPerMinute: n }, nowMs);
  if (what === "open") return withBreaker(control, { kind: "open", cause: "operator", atMs: nowMs, probes: 0 }, at);
  return withBreaker(control, { kind: "closed", sinceMs: nowMs }, at);
}

/** Four workers with views of their own, however old, at one item; each step is compared with the model. */
class Bench {
  readonly #store: LimiterStore;
  readonly #name = aName();
  readonly #model: Model;
  readonly #views: LimitItem[];
  /** Positions of requests that somebody owns. */
  readonly owned = new Set<number>();
  nowMs = START;

  constructor(store: LimiterStore, control: RateControl) {
    this.#store = store;
    this.#model = new Model(control);
    this.#views = Array.from({ length: 4 }, () => this.#model.item);
  }

  async begin(control: RateControl): Promise<void> {
    const answers = await Promise.all([1, 2].map(() => this.#store.begin(this.#name, control)));
    for (const { item } of answers) expect(item).toEqual(this.#model.item);
  }

  #view(of: number): LimitItem {
    const view = this.#views[of];
    if (view === undefined) throw new Error("no view");
    return view;
  }

  async take(one: Step): Promise<void> {
    if (one.do === "wait") this.nowMs += one.ms;
    else if (one.do === "look") await this.#look(one.worker);
    else if (one.do === "change") await this.#change(one);
    else await this.#book(one);
  }

  async #look(of: number): Promise<void> {
    const { item } = await this.#store.read(this.#name);
    expect(item).toEqual(this.#model.item);
    if (item !== undefined) this.#views[of] = item;
  }

  /** Answers of the store, unless they are lost on the way: then nobody learns what became of the call. */
  async #ask<T extends { readonly kind: string; readonly item: LimitItem | undefined }>(
    one: { readonly worker: number; readonly lost: boolean },
    done: boolean,
    call: () => Promise<T>,
  ): Promise<void> {
    // A refusal is an error of the wire; only answers of calls that were done are lost here.
    if (one.lost && done) {
      made.loseOnce();
      await expect(call()).rejects.toThrow();
      return;
    }
    const { kind, item } = await call();
    expect(kind === "refused").toBe(!done);
    expect(item).toEqual(this.#model.item);
    if (item !== undefined) this.#views[one.worker] = item;
  }

  async #change(one: Change): Promise<void> {
    const { version, control } = this.#view(one.worker);
    const next = changed(control, one, this.nowMs);
    if (next === control) return;
    const done = this.#model.change(version, next);
    await this.#ask(one, done, () => this.#store.change(this.#name, version, next));
  }

  async #book(one: Extract<Step, { do: "book" }>): Promise<void> {
    const view = this.#view(one.worker);
    const charge = one.permits === 0 ? 0 : one.tokens;
    const booking: Booking = {
      permits: one.permits,
      tokens: { input: charge, output: 0 },
      correction: { input: one.off, output: 0 },
    };
    const moves = movesOf(view, booking, this.nowMs);
    const tallies = new Map([[7, { calls: 1, failures: one.failures }]]);
    const before = this.#model.item.positions;
    const done = this.#model.book(view.version, moves, tallies);
    if (done) this.#owns(booking, before);
    await this.#ask(one, done, () => this.#store.book(this.#name, view.version, { moves, tallies, forget: [] }));
  }

  /** No request position is given twice, none lies further back than a burst, and corrections give no more credit than that. */
  #owns(booking: Booking, before: Amounts): void {
    const { control, positions } = this.#model.item;
    const floor = creditFloor(control, this.nowMs);
    const first = firstSlot(positions, booking).requests;
    for (let i = 0; i < booking.permits; i++) {
      expect(this.owned.has(first + i * PERMIT)).toBe(false);
      this.owned.add(first + i * PERMIT);
    }
    if (booking.permits > 0) expect(first).toBeGreaterThanOrEqual(floor.requests);
    if (booking.permits > 0) expect(first).toBeGreaterThanOrEqual(before.requests);
    expect(positions.input).toBeGreaterThanOrEqual(floor.input + booking.tokens.input);
  }
}

describe("the store on the wire against a sequential model", () => {
  test("old views, lost answers, pauses, limits and breakers: the same item after every step, no slot given twice", {
    timeout: TEST_MS,
  }, async () => {
    let slots = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const control = firstControl(LIMIT, 0, START);
        const bench = new Bench(made.stores.limiter, control);
        await bench.begin(control);
        for (const one of steps) await bench.take(one);
        slots += bench.owned.size;
      }),
      { numRuns: 60, seed: 20261121 },
    );
    expect(slots).toBeGreaterThan(200);
  });
});

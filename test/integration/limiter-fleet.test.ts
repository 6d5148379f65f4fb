/** A fleet of gates on the machine's clock, over real DynamoDB wire calls. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { generousRateLimit, type RateControl } from "../../services/contract/rate.ts";
import type { LimitName } from "../../services/contract/tables.ts";
import { pause, withLimit } from "../../services/core/rate-control.ts";
import type { LimiterStore } from "../../services/ports/limiter-store.ts";
import { fleetOver } from "../limiter/fleet.ts";
import { overshoot } from "../limiter/windows.ts";
import { type AwsDeployment, awsDeployment } from "../support/aws-deployment.ts";
import { embeddedAws } from "../support/embedded-aws.ts";
import { eventually } from "../support/eventually.ts";

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

/** Changes the control record against all who change it too. */
async function changeItem(store: LimiterStore, name: LimitName, decide: (control: RateControl) => RateControl) {
  let { item } = await store.read(name);
  while (item !== undefined) {
    const answer = await store.change(name, item.version, decide(item.control));
    if (answer.kind === "changed") return;
    item = answer.item;
  }
  throw new Error("no item");
}

describe("a fleet of gates over the wire", () => {
  test("crashes, lost answers and a lower limit in between: the bound holds, the rate is used, at most two writes a call", {
    timeout: TEST_MS,
  }, async () => {
    const limit = { ...generousRateLimit, requestsPerMinute: 1_800, burstSize: 30 };
    const clock = systemClock;
    const store = made.stores.limiter;
    const fleet = fleetOver(
      { clock, store },
      { workers: 20, runsPerWorker: 4, limit, turnMs: 400, seed: 5, lostShare: 0.01, lifeMs: 6_000 },
    );
    const startMs = clock.monotonicMs();
    await clock.sleep(6_000);
    const lower = { ...limit, requestsPerMinute: 900, burstSize: 15 };
    await changeItem(store, fleet.name, (control) =>
      withLimit(control, { limit: lower, by: "operator" }, clock.nowMs()),
    );
    const cutMs = clock.monotonicMs();
    await clock.sleep(6_000);
    fleet.stop();
    const times = fleet.sends.map(({ atMs }) => atMs - startMs);
    const early = times.filter((time) => time < cutMs - startMs);
    // A view may be a second old.
    const late = times.filter((time) => time > cutMs - startMs + 1_100);
    expect(overshoot(early, { burst: 30, perMinute: 1_800, skewMs: 0 })).toBe(0);
    expect(overshoot(late, { burst: 15, perMinute: 900, skewMs: 0 })).toBe(0);
    expect(fleet.crashes).toBeGreaterThan(5);
    expect(early.length).toBeGreaterThan(0.6 * 180);
    expect(late.length).toBeGreaterThan(0.6 * 73);
    // Each crash and each lost answer costs one more; a machine that is busy makes workers meet more often.
    expect(fleet.counts.writes / times.length).toBeLessThanOrEqual(2);
  });

  test("a pause that is stored stops all within a second, sleepers included; nobody crowds in after it", {
    timeout: TEST_MS,
  }, async () => {
    const { clock, store } = { clock: systemClock, store: made.stores.limiter };
    const limit = { ...generousRateLimit, requestsPerMinute: 1_800, burstSize: 30 };
    const fleet = fleetOver({ clock, store }, { workers: 20, runsPerWorker: 4, limit, turnMs: 400, seed: 6 });
    await eventually(() => expect(fleet.sends.length).toBeGreaterThan(60), 30_000);
    let overMs = 0;
    await changeItem(store, fleet.name, (control) => {
      const nowMs = clock.nowMs();
      overMs = clock.monotonicMs() + 6_000;
      return pause(control, { untilMs: nowMs + 6_000, ramp: false, rampMs: 0 }, nowMs);
    });
    const storedMs = clock.monotonicMs();
    const before = fleet.sends.length;
    await eventually(() => expect(fleet.sends.length).toBeGreaterThan(before + 60), 30_000);
    fleet.stop();
    // A view may be a second old when a call starts by it, and an answer on its way.
    const after = fleet.sends.map(({ atMs }) => atMs).filter((atMs) => atMs > storedMs + 1_500);
    expect(Math.min(...after)).toBeGreaterThanOrEqual(overMs - 10);
    // Slots stood still: what would have started meanwhile (180) comes at the lower rate, but for one that each worker may hold.
    for (const [i, atMs] of after.entries()) expect(i).toBeLessThanOrEqual(20 + (atMs - overMs) * 0.8 * 0.03);
  });

  test.each([0, 0.03])(
    "tokens are settled to the last one; %d of the answers lost never give credit",
    { timeout: TEST_MS },
    async (lostShare) => {
      const { clock, store } = { clock: systemClock, store: made.stores.limiter };
      // Scarce from the first moment on; the estimate is wrong.
      const limit = { ...generousRateLimit, requestsPerMinute: 6_000, burstSize: 100, inputTokensPerMinute: 180_000 };
      const tokens = { input: 1_000, output: 10, estimate: 400 };
      const options = { workers: 20, runsPerWorker: 4, limit, tokens, turnMs: 300, seed: 7, lostShare };
      const fleet = fleetOver({ clock, store }, options);
      await eventually(() => expect(fleet.used.input).toBeGreaterThan(25_000), 30_000);
      await fleet.finish();
      const { item } = await store.read(fleet.name);
      if (lostShare > 0) expect(fleet.input.moved).toBeGreaterThanOrEqual(fleet.used.input);
      else {
        expect(fleet.input.moved).toBe(fleet.used.input);
        // Credit that a slow machine let lie is cut off: that only takes.
        expect(item?.positions.input).toBeGreaterThanOrEqual(fleet.input.from + fleet.used.input);
      }
    },
  );
});

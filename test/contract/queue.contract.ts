import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lane } from "../../services/contract/ids.ts";
import type { Queue, Received } from "../../services/ports/queue.ts";
import { aWake } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { aTenant } from "../support/ids.ts";
import type { Made, Make } from "./fixture.ts";

/**
 * A queue with three empty lanes of its own. `advance` lets that much time pass: a fake moves its clock, over the wire
 * the test waits. `sendRaw` puts any body on a lane, as somebody else's program might.
 */
export type QueueMade = Made<Queue> & {
  advance(ms: number): Promise<void>;
  sendRaw(lane: Lane, body: string): Promise<void>;
};

const SHORT_MS = 1_000;
const PAST_SHORT_MS = 1_300;
const LONG_MS = 30_000;

/** `make` is called for each test: a message of one test must not reach another. */
export function queueContract(name: string, make: Make<QueueMade>): void {
  describe(`Queue: ${name}`, () => {
    let made: QueueMade;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.dispose());

    /** Receives until `count` messages have come; a queue may give fewer than it has. */
    const receiveAll = async (lane: Lane, count: number, visibilityMs = LONG_MS): Promise<Received[]> => {
      const got: Received[] = [];
      for (let tries = 0; got.length < count && tries < count + 5; tries++)
        got.push(...(await made.port.receive(lane, 10, SHORT_MS, visibilityMs)));
      expect(got).toHaveLength(count);
      return got;
    };
    const receiveOne = async (lane: Lane, visibilityMs = LONG_MS): Promise<Received> => {
      const [only] = await receiveAll(lane, 1, visibilityMs);
      if (only === undefined) throw new Error("no message came");
      return only;
    };
    const expectNone = async (lane: Lane) => expect(await made.port.receive(lane, 10, 0, LONG_MS)).toEqual([]);

    test("a message that was sent comes with its content, counted as received once", async () => {
      const wake = aWake();
      expect(await made.port.send("normal", [wake])).toEqual([]);
      const got = await receiveOne("normal");
      expect(got).toMatchObject({ message: wake, receives: 1 });
      expect(JSON.parse(got.body)).toEqual(wake);
    });

    test("more messages than one call takes are split, and all of them arrive", async () => {
      const wakes = Array.from({ length: 23 }, () => aWake());
      expect(await made.port.send("low", wakes)).toEqual([]);
      const got = await receiveAll("low", 23);
      expect(new Set(got.map((one) => one.message?.wakeId))).toEqual(new Set(wakes.map((wake) => wake.wakeId)));
    });

    test("one receive gives at most what was asked for, and never more than 10", async () => {
      await made.port.send(
        "high",
        Array.from({ length: 15 }, () => aWake()),
      );
      const few = await made.port.receive("high", 3, SHORT_MS, LONG_MS);
      expect(few.length).toBeGreaterThan(0);
      expect(few.length).toBeLessThanOrEqual(3);
      const many = await made.port.receive("high", 50, SHORT_MS, LONG_MS);
      expect(many.length).toBeLessThanOrEqual(10);
    });

    test("lanes are separate", async () => {
      await made.port.send("high", [aWake()]);
      await expectNone("low");
      await receiveOne("high");
    });

    test("a message that is sent with a delay comes only after it", async () => {
      const [late, now] = [aWake(), aWake()];
      expect(await made.port.send("normal", [late], SHORT_MS)).toEqual([]);
      await made.port.send("normal", [now]);
      expect((await receiveOne("normal")).message).toEqual(now);
      await made.advance(PAST_SHORT_MS);
      expect((await receiveOne("normal")).message).toEqual(late);
    });

    test("a message that names its tenant comes back with it", async () => {
      const wake = aWake({ tenant: aTenant() });
      await made.port.send("low", [wake]);
      expect((await receiveOne("low")).message).toEqual(wake);
    });

    test("nothing to send, delete or extend is no error", async () => {
      expect(await made.port.send("high", [])).toEqual([]);
      await made.port.delete("high", []);
      expect(await made.port.extend("high", [], LONG_MS)).toEqual([]);
    });

    test("a received message is hidden until its visibility is over, then comes again with a higher count", async () => {
      const wake = aWake();
      await made.port.send("normal", [wake]);
      const first = await receiveOne("normal", SHORT_MS);
      await expectNone("normal");
      await made.advance(PAST_SHORT_MS);
      const second = await receiveOne("normal");
      expect(second).toMatchObject({ message: wake, receives: first.receives + 1 });
    });

    test("deleted messages do not come back, in batches above 10 too", async () => {
      await made.port.send(
        "normal",
        Array.from({ length: 12 }, () => aWake()),
      );
      const got = await receiveAll("normal", 12, SHORT_MS);
      await made.port.delete(
        "normal",
        got.map((one) => one.receipt),
      );
      await made.advance(PAST_SHORT_MS);
      await expectNone("normal");
    });

    test("an extended message stays hidden beyond its first visibility and its count stays", async () => {
      await made.port.send("normal", [aWake()]);
      const held = await receiveOne("normal", SHORT_MS);
      expect(await made.port.extend("normal", [held.receipt], LONG_MS)).toEqual([]);
      await made.advance(PAST_SHORT_MS);
      await expectNone("normal");
      expect(await made.port.extend("normal", [held.receipt], 0)).toEqual([]);
      expect((await receiveOne("normal")).receives).toBe(held.receives + 1);
    });

    test("extending by 0 makes messages visible at once", async () => {
      await made.port.send(
        "normal",
        Array.from({ length: 11 }, () => aWake()),
      );
      const held = await receiveAll("normal", 11);
      expect(
        await made.port.extend(
          "normal",
          held.map((one) => one.receipt),
          0,
        ),
      ).toEqual([]);
      await receiveAll("normal", 11);
    });

    test("extending reports the receipts whose lease was lost, and only those", async () => {
      await made.port.send("normal", [aWake(), aWake()]);
      const [gone, held] = await receiveAll("normal", 2);
      if (gone === undefined || held === undefined) throw new Error("two messages were sent");
      await made.port.delete("normal", [gone.receipt]);
      const lost = await made.port.extend("normal", [gone.receipt, held.receipt], LONG_MS);
      expect(lost).toEqual([gone.receipt]);
    });

    test("a waiting receive ends as soon as a message is sent", async () => {
      const waiting = made.port.receive("high", 10, 10_000, LONG_MS);
      const wake = aWake();
      await made.port.send("high", [wake]);
      expect((await waiting).map((one) => one.message)).toEqual([wake]);
    });

    test("a waiting receive ends as soon as a message is given back", async () => {
      await made.port.send("high", [aWake()]);
      const held = await receiveOne("high");
      const waiting = made.port.receive("high", 1, 10_000, LONG_MS);
      await made.port.extend("high", [held.receipt], 0);
      expect(await waiting).toMatchObject([{ message: held.message, receives: held.receives + 1 }]);
    });

    test("a waiting receive with nothing to give ends empty", async () => {
      const waiting = made.port.receive("high", 10, SHORT_MS, LONG_MS);
      await made.advance(PAST_SHORT_MS);
      expect(await waiting).toEqual([]);
    });

    test("a body that is no wake-up arrives with its message undefined, and can be deleted", async () => {
      for (const body of ["not json", JSON.stringify({ v: 1, runId: "run_x" })]) {
        await made.sendRaw("normal", body);
        const got = await receiveOne("normal", SHORT_MS);
        expect(got).toMatchObject({ body, message: undefined });
        await made.port.delete("normal", [got.receipt]);
      }
      await made.advance(PAST_SHORT_MS);
      await expectNone("normal");
    });

    test("the depth tells waiting messages from those in flight", async () => {
      await made.port.send("low", [aWake(), aWake(), aWake()]);
      await eventually(async () =>
        expect(await made.port.depth("low")).toEqual({ kind: "known", visible: 3, inFlight: 0 }),
      );
      const got = await receiveAll("low", 3);
      await made.port.delete(
        "low",
        got.slice(1).map((one) => one.receipt),
      );
      await eventually(async () =>
        expect(await made.port.depth("low")).toEqual({ kind: "known", visible: 0, inFlight: 1 }),
      );
    });
  });
}

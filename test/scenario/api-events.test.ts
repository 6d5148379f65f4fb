/** The event stream: every durable event once, in order, from wherever it is resumed; live text while somebody watches. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { type StreamEvent, type StreamEventName, streamEvents } from "../../services/contract/stream.ts";
import type { TurnDelta } from "../../services/contract/turn.ts";
import { aBeat } from "../support/builders.ts";
import { anApi, holder } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;
type Seen = { readonly id: string | undefined; readonly event: StreamEventName; readonly data: unknown };

const eventName = z.enum(["run.accepted", "tool.result", "turn.committed", "run.ended", "live"]);

/** One frame read back; undefined for comments and settings. Its data must have the documented form. */
function parseFrame(frame: string): Seen | undefined {
  const line = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1];
  const name = line("event");
  if (name === undefined) return undefined;
  const event = eventName.parse(name);
  return { id: line("id"), event, data: streamEvents[event].parse(JSON.parse(line("data") ?? "")) };
}

/** Reads a stream while time passes, until it closes or `until` holds. */
async function follow(api: Api, response: Response, until: (frames: string[]) => boolean = () => false) {
  const frames: string[] = [];
  let over = false;
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const reading = (async () => {
    for (;;) {
      const next = await reader?.read();
      if (next === undefined || next.done) break;
      frames.push(next.value);
      if (until(frames)) break;
    }
    await reader?.cancel();
    over = true;
  })();
  await api.clock.advance(0);
  if (!over) await api.clock.advanceUntil(() => over, 20 * 60_000);
  await reading;
  return { frames, events: frames.flatMap((frame) => parseFrame(frame) ?? []) };
}

const callOf = (id: string) => ({ type: "tool_use", id, name: "search", input: { words: "tide" } });
const resultOf = (id: string) => ({ type: "tool_result", tool_use_id: id, content: `found ${id}` });

/** Deltas of a run whose turn n asks for `calls[n]` tools. */
function deltasOf(calls: readonly number[]): Partial<TurnDelta>[] {
  const ids = calls.map((count, turn) => Array.from({ length: count }, (_, i) => `toolu_${turn}_${i}`));
  return ids.map((own, turn) => ({
    messages: [
      { role: "user", content: turn === 0 ? "Why?" : (ids[turn - 1] ?? []).map(resultOf) },
      { role: "assistant", content: [{ type: "text", text: `turn ${turn + 1}` }, ...own.map(callOf)] },
    ],
    stopReason: own.length > 0 ? "tool_use" : "end_turn",
    ...(turn === ids.length - 1 ? { output: { answer: "Tides." } } : {}),
  }));
}

async function aRunOf(api: Api, calls: readonly number[]): Promise<RunId> {
  const { runId } = await api.putRunning();
  const deltas = deltasOf(calls);
  for (const [i, delta] of deltas.entries()) await api.commit(runId, delta, i === deltas.length - 1);
  return runId;
}

const path = (id: RunId, after?: string) => `/v1/runs/${id}/events${after === undefined ? "" : `?after=${after}`}`;

describe("a run that has ended", () => {
  test("is told from its beginning to its end", async () => {
    const api = await anApi();
    const runId = await aRunOf(api, [2, 1, 0]);
    const { frames, events } = await follow(api, await api.ask("GET", path(runId)));
    expect(frames[0]).toBe("retry: 1000\n\n");
    expect(events.map(({ event, id }) => `${id} ${event}`)).toEqual([
      "0.0 run.accepted",
      "1.0 turn.committed",
      "2.0 tool.result",
      "2.1 tool.result",
      "2.2 turn.committed",
      "3.0 tool.result",
      "3.1 turn.committed",
      "3.1000000 run.ended",
    ]);
    expect(events[1]?.data).toMatchObject({
      turn: 1,
      text: "turn 1",
      toolCalls: [{ name: "search" }, { name: "search" }],
    });
    expect(events[2]?.data).toMatchObject({ toolUseId: "toolu_0_0", content: "found toolu_0_0", isError: false });
    expect(events.at(-1)?.data).toMatchObject({ state: "SUCCEEDED", output: { answer: "Tides." } });
  });

  test("resumed after any event, by header or by query, is the rest of the same stream", async () => {
    const calls = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 45, size: "max" });
    await fc.assert(
      fc.asyncProperty(calls, fc.nat(), fc.boolean(), async (given, at, byHeader) => {
        const api = await anApi();
        const runId = await aRunOf(api, [...given, 0]);
        const whole = (await follow(api, await api.ask("GET", path(runId)))).events;
        expect(whole.filter(({ event }) => event === "turn.committed")).toHaveLength(given.length + 1);
        const cut = at % (whole.length - 1);
        const id = whole[cut]?.id ?? "";
        const resumed = byHeader
          ? await api.ask("GET", path(runId, "0.0"), { headers: { "last-event-id": id } })
          : await api.ask("GET", path(runId, id));
        expect((await follow(api, resumed)).events).toEqual(whole.slice(cut + 1));
      }),
      { numRuns: 40 },
    );
  });

  test("tells a client that has had everything not to come back", async () => {
    const api = await anApi();
    const runId = await aRunOf(api, [0]);
    const last = (await follow(api, await api.ask("GET", path(runId)))).events.at(-1)?.id ?? "";
    const again = await api.ask("GET", path(runId), { headers: { "last-event-id": last } });
    expect([again.status, again.body]).toEqual([204, null]);
  });

  test("refuses an id that its stream cannot have given", async () => {
    const api = await anApi();
    const runId = await aRunOf(api, [0]);
    expect((await api.ask("GET", path(runId, "7.0"))).status).toBe(400);
  });

  test("without a turn is accepted and ended", async () => {
    const api = await anApi();
    const { runId } = await api.put();
    await api.ask("POST", `/v1/runs/${runId}/cancel`);
    const { events } = await follow(api, await api.ask("GET", path(runId)));
    expect(events.map(({ event }) => event)).toEqual(["run.accepted", "run.ended"]);
  });
});

describe("a run in progress", () => {
  test("is told turn by turn, the same whether followed live, cut at any event, or read afterwards", async () => {
    const api = await anApi();
    const deltas = deltasOf([1, 2, 0, 1, 0]);
    const { runId } = await api.putRunning();
    const seen: Seen[] = [];
    // Every connection is cut after two events; the run goes on between them.
    for (let commits = 0; seen.at(-1)?.event !== "run.ended"; ) {
      const after = seen.at(-1)?.id;
      const asked = await api.ask("GET", path(runId, after));
      if (commits < deltas.length) await api.commit(runId, deltas[commits++], commits === deltas.length);
      const { events } = await follow(
        api,
        asked,
        (frames) => frames.filter((frame) => parseFrame(frame)?.id).length >= 2,
      );
      seen.push(...events.filter((event) => event.id !== undefined));
      if (commits < deltas.length) await api.commit(runId, deltas[commits++], commits === deltas.length);
    }
    const whole = (await follow(api, await api.ask("GET", path(runId)))).events;
    expect(seen).toEqual(whole);
  });

  const isComment = (frame: string) => frame.startsWith(":");

  test("shows the live text of the turn in flight, without an id, each text once", async () => {
    const api = await anApi();
    const { runId, epoch } = await api.putRunning();
    const live = (text: string, atMs: number) => api.world.history.putLive({ runId, turn: 1, epoch, text, atMs });
    await live("The mo", 1);
    let comments = 0;
    const { events } = await follow(api, await api.ask("GET", path(runId)), (frames) => {
      const before = comments;
      comments = frames.filter(isComment).length;
      if (comments === 1 && before === 0) void live("The moon", 2);
      return comments === 2;
    });
    expect(events.filter(({ event }) => event === "live").map(({ id, data }) => [id, data])).toEqual([
      [undefined, { turn: 1, text: "The mo" }],
      [undefined, { turn: 1, text: "The moon" }],
    ]);
  });

  test("does not show the text of a turn that is committed, or of a claim that was lost", async () => {
    const api = await anApi();
    const { runId, epoch } = await api.putRunning();
    await api.commit(runId);
    for (const stale of [
      { turn: 1, epoch },
      { turn: 2, epoch: epoch - 1 },
    ]) {
      await api.world.history.putLive({ runId, ...stale, text: "stale", atMs: 1 });
      const { events } = await follow(api, await api.ask("GET", path(runId)), (frames) => frames.some(isComment));
      expect(events.map(({ event }) => event)).toEqual(["run.accepted", "turn.committed"]);
    }
  });

  test("tells its holder that somebody watches, as long as somebody does", async () => {
    const api = await anApi();
    await api.world.fleet.beat(aBeat({ workerId: holder }), []);
    const { runId } = await api.putRunning();
    const left = new AbortController();
    const following = follow(api, await api.ask("GET", path(runId), { signal: left.signal }), (frames) => {
      if (frames.length > 4) left.abort();
      return false;
    });
    await following;
    const inbox = (await api.world.fleet.worker(holder))?.inbox ?? [];
    expect(inbox.length).toBeGreaterThanOrEqual(1);
    expect(inbox.every((entry) => entry.kind === "watch" && entry.runId === runId)).toBe(true);
    const latest = Math.max(...inbox.map((entry) => (entry.kind === "watch" ? entry.untilMs : Number.NaN)));
    expect(latest).toBeGreaterThan(api.clock.nowMs());
    expect(latest).toBeLessThanOrEqual(api.clock.nowMs() + limits.watchFlagMs + 2 * limits.heartbeatMs);
    expect(api.clock.sleeping).toBe(0);
  });

  test("is kept open by comments, and closed after its longest time", async () => {
    const api = await anApi();
    const { runId } = await api.put();
    const startMs = api.clock.nowMs();
    const { frames, events } = await follow(api, await api.ask("GET", path(runId)));
    expect(events.map(({ event }) => event)).toEqual(["run.accepted"]);
    const comments = frames.filter((frame) => frame.startsWith(":"));
    expect(comments.length).toBeGreaterThan(limits.streamMs / limits.keepAliveMs / 2);
    expect(api.clock.nowMs() - startMs).toBeGreaterThanOrEqual(limits.streamMs);
    expect(api.clock.nowMs() - startMs).toBeLessThan(limits.streamMs + 5_000);
  });

  test("ends with the process, and when the store fails; the client resumes", async () => {
    const api = await anApi();
    const { runId } = await api.putRunning();
    const stopping = follow(api, await api.ask("GET", path(runId)), (frames) => {
      if (frames.length === 2) api.stop.abort();
      return false;
    });
    expect((await stopping).events.map(({ event }) => event)).toEqual(["run.accepted"]);
    const other = await anApi();
    const run = await other.putRunning();
    const response = await other.ask("GET", path(run.runId));
    other.world.faults.outage(new Error("no store"), ["history.live"]);
    await follow(other, response);
    expect(other.world.events.of("store.failed")).toMatchObject([{ operation: "events" }]);
  });
});

test("every kind of event has a name that the contract lists", () => {
  expect(eventName.options.toSorted()).toEqual(Object.keys(streamEvents).toSorted());
  const named: StreamEvent["event"] = "live";
  expect(eventName.parse(named)).toBe("live");
});

/** Traffic: what a file may hold and how errors name it, and the named weeks. */
import { describe, expect, test } from "vitest";
import { makeWeek, referenceMonday } from "../../../services/planner/traffic/make-week.ts";
import { occupancy, peakOf } from "../../../services/planner/traffic/occupancy.ts";
import { readTraffic } from "../../../services/planner/traffic/read-traffic.ts";
import { referenceLevel, referenceSpikes } from "../../../services/planner/traffic/reference-week.ts";
import { meanLength, surviving } from "../../../services/planner/traffic/run-lengths.ts";
import { busiestSpan } from "../../../services/planner/traffic/traffic.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function wrongOf(text: string): readonly string[] {
  const read = readTraffic("t", text);
  return read.kind === "wrong" ? read.what : [];
}
function trafficOf(text: string) {
  const read = readTraffic("t", text);
  if (read.kind === "wrong") throw new Error(read.what.join("\n"));
  return read.traffic;
}

describe("a file of submissions", () => {
  const csv =
    "submittedAt,activeMs,lane,calls,agent\n2026-11-02T13:00:30Z,60000,high,2,ask\n1793624400000,120000,,4,ask\n";
  const jsonl =
    '{"submittedAt":1793624400000,"activeMs":120000,"calls":4}\n\n{"submittedAt":"2026-11-02T13:00:30Z","activeMs":60000,"lane":"high","calls":2}\n';

  test.each([
    ["CSV", csv],
    ["CSV with a byte order mark", `\uFEFF${csv}`],
    ["JSONL", jsonl],
  ])("%s is the same traffic, in the order of time", (_, text) => {
    const traffic = trafficOf(text);
    expect([...traffic.atMs]).toEqual([1793624400000, Date.parse("2026-11-02T13:00:30Z")].toSorted((a, b) => a - b));
    expect(traffic.activeMs.length).toBe(2);
    expect(traffic.callsPerRunMinute).toBe(2);
  });

  test.each([
    ["submittedAt,activeMs\nyesterday,5", ["t:2: submittedAt: a time such as 2026-11-02T13:00:00Z, or ms since 1970"]],
    ["submittedAt,activeMs,lane\n1793624400000,5,fast", [/^t:2: lane: .*"high"\|"normal"\|"low"/]],
    ["submittedAt,activeMs\n1793624400000,", [/^t:2: activeMs: /]],
    ['{"submittedAt":1793624400000,"activeMs":5}\n{"submittedAt":1793624400000,"activeMs":-5}', [/^t:2: activeMs: /]],
    ['{"submittedAt":1793624400000,"activeMs":5}\n{oops', [/^t:2: /]],
    ["submittedAt,activeMs\n", ["t: no submissions in it"]],
    ["", ["t: no submissions in it"]],
    ['submittedAt,activeMs\n"1793624400000,5', [/^t: .*[Qq]uote/]],
    ["submittedAt,activeMs\n1793624400000,5\n1893624400000,5", [/^t: spans more than 35 days/]],
  ])("%j is refused with line and field", (text, expected) => {
    const wrong = wrongOf(text);
    expect(wrong).toHaveLength(expected.length);
    expected.forEach((one, i) => {
      if (typeof one === "string") expect(wrong[i]).toBe(one);
      else expect(wrong[i]).toMatch(one);
    });
  });

  test("no more errors are shown than a person reads", () => {
    expect(wrongOf(`submittedAt,activeMs\n${"x,1\n".repeat(500)}`)).toHaveLength(21);
  });

  test("traffic without named spans has its busiest hour", () => {
    const at = (hour: number, times: number) =>
      `${"x".repeat(times).replaceAll("x", `${1793624400000 + hour * HOUR},60000\n`)}`;
    expect(busiestSpan(trafficOf(`submittedAt,activeMs\n${at(0, 2)}${at(5, 9)}${at(7, 3)}`))).toEqual({
      name: "busiest hour",
      fromMs: 1793624400000 + 5 * HOUR,
      untilMs: 1793624400000 + 6 * HOUR,
    });
  });
});

describe("the reference week", () => {
  const week = makeWeek({ name: "w", peak: 400, seed: 7, mondayMs: referenceMonday });

  test("is the specification's: working hours, evenings at a quarter, nights and weekends at a twentieth, spikes", () => {
    const at = (day: number, hour: number) => referenceLevel(day * DAY + hour * HOUR, []);
    expect([at(1, 3), at(1, 12), at(1, 20), at(1, 23), at(5, 12), at(6, 20)]).toEqual(
      [0.05, 1, 0.25, 0.05, 0.05, 0.05].map((level) => expect.closeTo(level, 6)),
    );
    for (const { atMs, riseMs, decayMs, times } of referenceSpikes) {
      expect(times).toBeGreaterThanOrEqual(5);
      expect(times).toBeLessThanOrEqual(10);
      expect(referenceLevel(atMs + riseMs)).toBeCloseTo(times, 1);
      expect(referenceLevel(atMs + riseMs + decayMs) - 1).toBeLessThan(0.06 * times);
    }
  });

  test("has the peak that was asked for, on Monday morning", () => {
    expect(peakOf(week)).toBeGreaterThan(400 * 0.85);
    expect(peakOf(week)).toBeLessThan(400 * 1.2);
    const active = occupancy(week, 60_000);
    const peakMs = week.startMs + active.indexOf(Math.max(...active)) * 60_000;
    const [monday] = week.spans;
    expect(peakMs).toBeGreaterThanOrEqual(monday?.fromMs ?? 0);
    expect(peakMs).toBeLessThan((monday?.fromMs ?? 0) + 15 * 60_000);
  });

  test("is the same from the same seed, and another from another", () => {
    const again = makeWeek({ name: "w", peak: 400, seed: 7, mondayMs: referenceMonday });
    expect([...again.atMs]).toEqual([...week.atMs]);
    expect([...again.activeMs]).toEqual([...week.activeMs]);
    const other = makeWeek({ name: "w", peak: 400, seed: 8, mondayMs: referenceMonday });
    expect([...other.atMs.slice(0, 50)]).not.toEqual([...week.atMs.slice(0, 50)]);
  });

  test("has runs from ten seconds to an hour, in the order of time, in three lanes", () => {
    expect(Math.min(...week.activeMs)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...week.activeMs)).toBeLessThanOrEqual(HOUR);
    expect(week.atMs.every((at, i) => i === 0 || at >= (week.atMs[i - 1] ?? 0))).toBe(true);
    expect(new Set(week.lane)).toEqual(new Set([0, 1, 2]));
    const mean = week.activeMs.reduce((sum, ms) => sum + ms, 0) / week.activeMs.length;
    expect(mean / meanLength()).toBeCloseTo(1, 1);
    expect([surviving(0), surviving(HOUR)]).toEqual([1, 0]);
  });
});

import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { parseFlags } from "../../../services/local/flags.ts";

test("defaults", () => {
  const parsed = parseFlags([]);
  expect(parsed).toMatchObject({
    kind: "flags",
    flags: { port: undefined, data: ".muster", workers: { min: 1 }, slots: 200, aws: false, json: false, stub: {} },
  });
  const most = parsed.kind === "flags" ? parsed.flags.workers.max : 0;
  expect(most).toBeGreaterThanOrEqual(1);
  expect(most).toBeLessThanOrEqual(availableParallelism());
});

test.each([
  ["3", { min: 3, max: 3 }],
  ["1..4", { min: 1, max: 4 }],
  ["2..2", { min: 2, max: 2 }],
])("--workers %s", (text, workers) => {
  expect(parseFlags(["--workers", text])).toMatchObject({ flags: { workers } });
});

test("flags of the Claude stand-in become its environment", () => {
  const parsed = parseFlags(["--latency", "none", "--burst-seconds", "5", "--rpm", "60", "--stub-config", "x.json"]);
  expect(parsed).toMatchObject({
    flags: { stub: { STUB_LATENCY: "none", STUB_BURST_SECONDS: "5", STUB_RPM: "60", STUB_CONFIG: "x.json" } },
  });
});

test.each([
  [["--port", "65536"], "--port"],
  [["--port", "-1"], "--port"],
  [["--workers", "0"], "--workers"],
  [["--workers", "4..1"], "--workers"],
  [["--workers", "1..9999"], "--workers"],
  [["--workers", "1.."], "--workers"],
  [["--slots", "1.5"], "--slots"],
  [["--slots", "1e3"], "--slots"],
  [["--latency", "fast"], "--latency"],
  [["--data"], "--data"],
  [["--nonsense"], "--nonsense"],
  [["extra"], "extra"],
])("%j is refused and the message names it", (args, name) => {
  const parsed = parseFlags(args);
  if (parsed.kind !== "wrong") throw new Error("it must be refused");
  expect(parsed.message).toContain(name === "extra" ? "arguments" : name);
});

test("help names every flag and every variable", () => {
  const parsed = parseFlags(["--help"]);
  if (parsed.kind !== "help") throw new Error("it must be help");
  for (const name of ["--port", "--data", "--workers", "--slots", "--aws", "--json", "--latency", "--stub-config"])
    expect(parsed.text).toContain(name);
  for (const name of ["ANTHROPIC_API_KEY", "AWS_ENDPOINT_URL"]) expect(parsed.text).toContain(name);
});

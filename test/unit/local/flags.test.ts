import { expect, test } from "vitest";
import { parseFlags } from "../../../services/local/flags.ts";

test("defaults", () => {
  expect(parseFlags([])).toEqual({
    kind: "flags",
    flags: { port: undefined, data: ".muster", workers: 1, slots: 200, aws: false, json: false, stub: {} },
  });
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

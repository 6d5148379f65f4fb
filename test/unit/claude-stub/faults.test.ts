import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { type FaultRule, Faults } from "../../../services/local/claude-stub/faults.ts";
import { seeded } from "../../../services/local/claude-stub/random.ts";
import { asTurn, control, MODEL, stubAndClient, user } from "./support.ts";

const params = { model: MODEL, max_tokens: 400, messages: [user("The ship sailed at dawn. ".repeat(20))] };

async function failed(promise: Promise<unknown>): Promise<Error> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Error) return thrown;
  throw new Error("the call did not fail");
}

const turnsOf = (outcome: string) => ({ turns: [{ turn: 1, started: 1, [outcome]: 1 }] });

describe("faults before the answer", () => {
  it.each([
    ["429", 429, "rate_limit_error"],
    ["529", 529, "overloaded_error"],
    ["500", 500, "api_error"],
  ])("%s", async (kind, status, type) => {
    const { client, stub } = await stubAndClient();
    await control(stub, "faults", { rules: [{ fault: { kind, retryAfterS: 7 }, next: 1 }] });
    const error = await failed(client.messages.create(params, asTurn("r", 1)));
    if (!(error instanceof Anthropic.APIError)) throw error;
    expect([error.status, error.type, error.headers?.get("retry-after")]).toEqual([status, type, "7"]);
    expect(stub.state.ledger.run("r")).toMatchObject(turnsOf("refused"));
    await client.messages.create(params);
  });

  it("carry an error code", async () => {
    const { client, stub } = await stubAndClient();
    const fault = { kind: "429", errorCode: "enforced_spend_limit_reached" };
    await control(stub, "faults", { rules: [{ fault, next: 1 }] });
    const error = await failed(client.messages.create(params));
    if (!(error instanceof Anthropic.APIError)) throw error;
    expect(error.errorCode).toBe("enforced_spend_limit_reached");
    expect(error.headers?.get("retry-after")).toBeNull();
  });
});

describe("faults in the middle of the answer", () => {
  it("an overloaded event ends the stream with an error that has no status", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "faults", { rules: [{ fault: { kind: "overloaded-event", afterChunks: 1 }, next: 1 }] });
    const error = await failed(client.messages.stream(params, asTurn("r", 1)).finalMessage());
    if (!(error instanceof Anthropic.APIError)) throw error;
    expect([error.status, error.type]).toEqual([undefined, "overloaded_error"]);
    expect(stub.state.ledger.run("r")).toMatchObject(turnsOf("broken"));
  });

  it("a cut destroys the socket after some deltas", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "faults", { rules: [{ fault: { kind: "cut", afterChunks: 2 }, next: 1 }] });
    const stream = client.messages.stream(params, asTurn("r", 1));
    let deltas = 0;
    stream.on("text", () => deltas++);
    await failed(stream.finalMessage());
    expect(deltas).toBe(2);
    expect(stub.state.ledger.run("r")).toMatchObject(turnsOf("broken"));
  });

  it("a cut of a JSON answer is a connection error", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "faults", { rules: [{ fault: { kind: "cut" }, next: 1 }] });
    expect(await failed(client.messages.create(params))).toBeInstanceOf(Anthropic.APIConnectionError);
  });

  it("a lost reply was billed in full", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "faults", { rules: [{ fault: { kind: "lose-reply" }, next: 1 }] });
    await failed(client.messages.stream(params, asTurn("r", 1)).finalMessage());
    expect(stub.state.ledger.run("r")).toMatchObject(turnsOf("completed"));
  });

  it("a stall never goes on", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "faults", { rules: [{ fault: { kind: "stall", afterChunks: 1 }, next: 1 }] });
    const stream = client.messages.stream(params, asTurn("r", 1));
    await new Promise<void>((resolve) => stream.on("text", () => resolve()));
    expect(stub.state.ledger.run("r")).toMatchObject(turnsOf("broken"));
    stream.abort();
    await failed(stream.done());
  });
});

describe("fault rules", () => {
  const rule = (more: Partial<FaultRule>): FaultRule => ({
    fault: { kind: "cut" },
    probability: 1,
    next: undefined,
    runId: undefined,
    turn: undefined,
    model: undefined,
    until: undefined,
    ...more,
  });
  const target = { runId: "r", turn: 1, model: "m" };

  it("hit only the calls that they name, until they end", () => {
    const faults = new Faults();
    faults.add(rule({ runId: "r", turn: 2, until: 100 }));
    const random = seeded(1);
    expect(faults.pick(target, random, 0)).toBeUndefined();
    expect(faults.pick({ ...target, runId: "other", turn: 2 }, random, 0)).toBeUndefined();
    expect(faults.pick({ ...target, turn: 2 }, random, 99)).toEqual({ kind: "cut" });
    expect(faults.pick({ ...target, turn: 2 }, random, 100)).toBeUndefined();
  });

  it("hit by chance, the same calls for the same seed", () => {
    const hits = (seed: number): string => {
      const faults = new Faults();
      faults.add(rule({ probability: 0.3 }));
      const random = seeded(seed);
      return Array.from({ length: 200 }, () => (faults.pick(target, random, 0) === undefined ? "." : "x")).join("");
    };
    expect(hits(7)).toBe(hits(7));
    expect(hits(7)).not.toBe(hits(8));
    const count = hits(7).replaceAll(".", "").length;
    expect(count).toBeGreaterThan(40);
    expect(count).toBeLessThan(80);
  });

  it("are refused with the field that is wrong", async () => {
    const { stub } = await stubAndClient();
    const response = await control(stub, "faults", { rules: [{ fault: { kind: "cut" }, probability: 2 }] });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("rules.0.probability");
  });
});

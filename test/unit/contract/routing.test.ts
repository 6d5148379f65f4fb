import { describe, expect, test } from "vitest";
import { z } from "zod";
import { apiEnv, parseEnv } from "../../../services/contract/env.ts";
import { modelOfClass } from "../../../services/contract/models.ts";
import { routeText, usualRouting } from "../../../services/contract/routing.ts";

const routing = z.object(apiEnv.shape).pick({ MUSTER_MODELS: true, MUSTER_PLANS: true });
const read = (env: Record<string, string>) => parseEnv(routing, env);

describe("the environment", () => {
  test("changes the model of a class and leaves the others", () => {
    expect(read({ MUSTER_MODELS: '{"standard":"claude-opus-5"}', MUSTER_PLANS: '{"*":"simple"}' })).toEqual({
      MUSTER_MODELS: { ...modelOfClass, standard: "claude-opus-5" },
      MUSTER_PLANS: { "*": "simple" },
    });
    expect(read({})).toEqual({ MUSTER_MODELS: usualRouting.models, MUSTER_PLANS: {} });
  });

  test.each([
    [
      "a model without a price",
      { MUSTER_MODELS: '{"simple":"claude-99"}' },
      /MUSTER_MODELS.simple: has no known price/,
    ],
    ["a name that every object has", { MUSTER_MODELS: '{"simple":"constructor"}' }, /no known price/],
    ["a class that there is not", { MUSTER_MODELS: '{"easy":"claude-opus-5"}' }, /MUSTER_MODELS/],
    ["a plan of no class", { MUSTER_PLANS: '{"acme":"gold"}' }, /MUSTER_PLANS.acme/],
    ["no JSON", { MUSTER_PLANS: "gold" }, /MUSTER_PLANS: is not JSON/],
  ])("is refused with %s", (_what, env, message) => {
    expect(() => read(env)).toThrow(message);
  });
});

test.each(["", "agent>", "agent>2", "agent>2invalid>", "Agent", "agent 2"])("%j is no route", (text) => {
  expect(routeText.safeParse(text).success).toBe(false);
});

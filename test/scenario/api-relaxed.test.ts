/** Submitting runs that may wait. */
import { expect, test } from "vitest";
import { runView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { anApi, goodRun } from "./api-fixture.ts";

test("a relaxed run says so, and has the longest deadline unless it asks for another", async () => {
  const api = await anApi();
  const submit = async (more: object) =>
    runView.parse(await (await api.ask("POST", "/v1/runs", { body: { ...goodRun, ...more } })).json());
  const relaxed = await submit({ deadline: "relaxed" });
  expect(relaxed.deadline).toBe("relaxed");
  const head = await api.headOf(relaxed.id);
  expect(head?.relaxed).toBe(true);
  expect((head?.deadlineAtMs ?? 0) - (head?.createdAtMs ?? 0)).toBe(limits.deadlineMaxMs);
  const hour = await api.headOf((await submit({ deadline: "relaxed", deadlineMs: 3_600_000 })).id);
  expect((hour?.deadlineAtMs ?? 0) - (hour?.createdAtMs ?? 0)).toBe(3_600_000);
  const usual = await submit({});
  expect(usual.deadline).toBeUndefined();
  expect((await api.headOf(usual.id))?.relaxed).toBeUndefined();
});

test("another word is refused, and names the field", async () => {
  const api = await anApi();
  const response = await api.ask("POST", "/v1/runs", { body: { ...goodRun, deadline: "never" } });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("deadline");
});

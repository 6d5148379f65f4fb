import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headExpression } from "../../../services/adapters/aws/head-expression.ts";
import type { CountField, HeadWrite } from "../../../services/contract/run.ts";
import { claim, commitAndEnd } from "../../../services/core/lifecycle.ts";
import { aHead, aQueuedRun, aTimeMs, aUsage } from "../../support/builders.ts";
import { aNonce, aWakeId, aWorkerId } from "../../support/ids.ts";

const counts = ["failures", "waits", "interruptions", "inDoubt", "spentMicroUsd", "reservedMicroUsd"] as const;
const removable = ["holder", "dueAtMs", "openShard", "wakeId", "reason", "detail"] as const;

/** Writes that use each counter in one section only, as DynamoDB asks for. */
const aWrite: fc.Arbitrary<HeadWrite> = fc
  .record({
    guard: fc.record(
      { epoch: fc.nat(), turn: fc.nat(), holder: fc.string(), state: fc.constantFrom("QUEUED", "RUNNING") },
      { requiredKeys: [] },
    ),
    uses: fc.array(fc.constantFrom("set", "add", "copy", "none"), {
      minLength: counts.length,
      maxLength: counts.length,
    }),
    remove: fc.uniqueArray(fc.constantFrom(...removable)),
    amount: fc.nat(),
  })
  .map(({ guard, uses, remove, amount }) => {
    const used = (use: string) => counts.filter((_, i) => uses[i] === use);
    const amounts = (fields: CountField[]) => Object.fromEntries(fields.map((field) => [field, amount]));
    return {
      guard,
      set: amounts(used("set")),
      add: amounts(used("add")),
      copy: Object.fromEntries(used("copy").map((field) => [field, "nextMicroUsd" as const])),
      remove,
    };
  });

const placeholders = (text: string, mark: "#" | ":") =>
  [...new Set(text.match(new RegExp(`${mark}[A-Za-z0-9_]+`, "g")) ?? [])].sort();

describe("headExpression", () => {
  test("uses exactly the names and values that it declares, whatever was built before", () => {
    fc.assert(
      fc.property(aWrite, (write) => {
        const { update, condition, names, values } = headExpression(write);
        const text = `${update} ${condition}`;
        expect(placeholders(text, "#")).toEqual(Object.keys(names).sort());
        expect(placeholders(text, ":")).toEqual(Object.keys(values).sort());
        for (const [placeholder, name] of Object.entries(names)) expect(placeholder).toBe(`#${name}`);
      }),
    );
  });

  test("a claim is one update that reserves by copying", () => {
    const { head, wake } = aQueuedRun();
    const worker = aWorkerId();
    const { update, condition, values } = headExpression(claim(wake, { worker, nonce: aNonce() }, aTimeMs));
    expect(condition).toBe("#state = :g_state AND #wakeId = :g_wakeId");
    expect(update).toContain("#reservedMicroUsd = #nextMicroUsd");
    expect(update).toMatch(/ ADD #epoch :a_epoch$/);
    expect(values).toMatchObject({
      ":g_wakeId": { S: head.wakeId },
      ":s_holder": { S: worker },
      ":a_epoch": { N: "1" },
      ":s_state": { S: "RUNNING" },
    });
  });

  test("an end removes what only open runs have", () => {
    const head = aHead({ state: "RUNNING", holder: "w_somebody" });
    const write = commitAndEnd(
      head,
      { holder: aWorkerId(), epoch: head.epoch },
      { spend: { usage: aUsage(), costMicroUsd: 1 }, ending: { reason: "completed", nowMs: aTimeMs } },
    );
    expect(headExpression(write).update).toMatch(
      / REMOVE #holder, #dueAtMs, #openShard, #wakeId, #parkedFor, #heldFromMs, #flight, #asked$/,
    );
  });

  test("undefined fields are neither set nor compared; without a guard the item must exist", () => {
    const wakeId = aWakeId();
    expect(headExpression({ guard: { holder: undefined }, set: { wakeId, detail: undefined } })).toEqual({
      update: "SET #wakeId = :s_wakeId",
      condition: "attribute_exists(pk)",
      names: { "#wakeId": "wakeId" },
      values: { ":s_wakeId": { S: wakeId } },
    });
  });
});

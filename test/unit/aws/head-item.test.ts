import { describe, expect, test } from "vitest";
import { headItem, headOf } from "../../../services/adapters/aws/head-item.ts";
import type { Item } from "../../../services/adapters/aws/item.ts";
import { agentName, tenantId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { modelOfClass } from "../../../services/contract/models.ts";
import { aHead, aTimeMs } from "../../support/builders.ts";
import { aNonce, aWorkerId } from "../../support/ids.ts";

/** Billed size: names and texts by the byte, a number by two digits a byte and one more. */
const billedBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, { S, N }]) => {
    const value = S === undefined ? Math.ceil((N ?? "").length / 2) + 1 : Buffer.byteLength(S);
    return sum + Buffer.byteLength(name) + value;
  }, 0);

/** A head in the middle of a long run, with a worker, and names of usual length. */
const busyHead = () =>
  aHead({
    tenant: tenantId.parse("customer-research-eu"),
    agent: agentName.parse("contract-review"),
    state: "RUNNING",
    holder: aWorkerId(),
    nonce: aNonce(),
    turn: 123,
    startedAtMs: aTimeMs,
    claimedAtMs: aTimeMs,
    heldFromMs: aTimeMs,
    activeMs: 3_599_999,
    timeoutMs: limits.timeoutMaxMs,
    budgetMicroUsd: 1_000_000_000,
    spentMicroUsd: 123_456_789,
    reservedMicroUsd: 12_345_678,
    nextMicroUsd: 12_345_678,
    inputTokens: 12_345_678,
    outputTokens: 1_234_567,
    cacheReadTokens: 123_456_789,
    cacheWrite5mTokens: 12_345_678,
    model: modelOfClass.standard,
    route: "agent>98verify>112invalid",
  });

describe("head item", () => {
  test("a head comes back as it was", () => {
    const head = busyHead();
    expect(headOf(headItem(head))).toEqual(head);
  });

  test("a step of a run is billed as one write unit: the item is below 1 KB", () => {
    expect(billedBytes(headItem(busyHead()))).toBeLessThanOrEqual(1_024);
  });

  test("an item of another kind is no head", () => {
    expect(() => headOf({ pk: { S: "KEYS" }, sk: { S: "x" } })).toThrow();
  });
});

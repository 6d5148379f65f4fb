import { describe, expect, test } from "vitest";
import type { Message } from "../../../services/contract/turn.ts";
import {
  noEvidence,
  type SeenTurn,
  type Tally,
  tallied,
  toolErrors,
  worstError,
} from "../../../services/core/evidence.ts";

const asks = (id: string, name = "look"): Message => ({
  role: "assistant",
  content: [{ type: "tool_use", id, name, input: {} }],
});
const fails = (id: string, text: string): Message => ({
  role: "user",
  content: [{ type: "tool_result", tool_use_id: id, content: text, is_error: true }],
});
const says: Message = { role: "assistant", content: [{ type: "text", text: "x" }] };
const asked: Message = { role: "user", content: "Why?" };
const told: Message = { role: "user", content: "Again." };

const turn = (overrides: Partial<SeenTurn> = {}): SeenTurn => ({
  before: 0,
  messages: [asked, says],
  climbed: false,
  ...overrides,
});
const tallyOf = (turns: readonly SeenTurn[]): Tally =>
  turns.reduce((tally, one) => tallied(tally, one, undefined), noEvidence);

describe("errors of tools", () => {
  test.each([
    ["the same text", "no page", "no page", true],
    ["other numbers", "no page 12", "no page 7", true],
    ["another text", "no page", "no book", false],
  ])("with %s", (_what, one, other, same) => {
    const [a] = toolErrors(asks("t1"), fails("t1", one));
    const [b] = toolErrors(asks("t2"), fails("t2", other));
    expect(a === b).toBe(same);
  });

  test("of another tool are others; results that are none count nothing", () => {
    expect(toolErrors(asks("t1", "look"), fails("t1", "no"))).not.toEqual(
      toolErrors(asks("t1", "read"), fails("t1", "no")),
    );
    const fine: Message = { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "yes" }] };
    expect(toolErrors(asks("t1"), fine)).toEqual([]);
    expect(toolErrors(asks("t1"), told)).toEqual([]);
    expect(toolErrors(undefined, undefined)).toEqual([]);
  });

  test("add up over the turns of a tier", () => {
    const turns = [1, 2, 3].map((i) => turn({ messages: [fails(`t${i}`, `no page ${i}`), asks(`t${i + 1}`)] }));
    const tally = turns.reduce((known, one, i) => tallied(known, one, asks(`t${i + 1}`)), noEvidence);
    expect(worstError(tally.errors)).toBe(3);
    expect(worstError(noEvidence.errors)).toBe(0);
  });
});

describe("answers that are no good", () => {
  const flaw = (kind: "invalid" | "cut", before: number) =>
    turn({ flaw: kind, before, messages: before === 0 ? [asked, says, told] : [says, told] });

  test("count by kind, and the first of a row says where to go back to", () => {
    expect(tallyOf([flaw("invalid", 0), flaw("cut", 3)])).toMatchObject({
      flaws: { invalid: 1, cut: 1, verify: 0 },
      flawedFrom: 1,
      extra: 2,
    });
  });

  test("a good turn between them is not gone back over", () => {
    const good = turn({ before: 3, messages: [asks("t1")] });
    const again = turn({ flaw: "invalid", before: 4, messages: [fails("t1", "no"), says, told] });
    expect(tallyOf([flaw("invalid", 0), good])).toMatchObject({ flawedFrom: undefined, flaws: { invalid: 1 } });
    expect(tallyOf([flaw("invalid", 0), good, again])).toMatchObject({ flawedFrom: 5, flaws: { invalid: 2 } });
  });

  test("an answer of which nothing could be kept: back to what stood before it", () => {
    expect(tallyOf([turn({ flaw: "cut", messages: [asked, told] })]).flawedFrom).toBe(1);
  });

  test("a climb begins anew, and keeps the count of turns that brought nothing", () => {
    const lifted = turn({ flaw: "invalid", before: 3, messages: [says], climbed: true });
    expect(tallyOf([flaw("invalid", 0), lifted])).toEqual({ ...noEvidence, extra: 2 });
  });

  test("the classifier's turn is extra, and no part of the conversation", () => {
    expect(tallyOf([turn({ step: "classify" })])).toEqual({ ...noEvidence, extra: 1 });
  });
});

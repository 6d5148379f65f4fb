import { expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { hourOf, hourStartMs } from "../../../services/core/books.ts";
import { HourBooks } from "../../../services/worker/hour-books.ts";
import { aTimeMs } from "../../support/builders.ts";

const hour = hourOf(aTimeMs);
/** An hour's book is over, and a while has passed. */
const overMs = hourStartMs(hour + 1) + limits.bookSettleMs / 2;

test("the last page of an hour is the same when it is written again: another one would be refused", () => {
  const books = new HourBooks("w_first");
  for (const due of books.due(hourStartMs(hour))) books.wrote(due);
  const [first] = books.due(overMs).filter(({ last }) => last);
  books.begin(overMs);
  const [again] = books.due(overMs + limits.bookEveryMs).filter(({ last }) => last);
  expect(first).toMatchObject({ page: { hour }, last: true });
  expect(again?.page).toEqual(first?.page);
});

test("a page that is not the last one says when it was written", () => {
  const books = new HourBooks("w_first");
  const [first] = books.due(hourStartMs(hour));
  const [again] = books.due(hourStartMs(hour) + 1);
  expect(first?.page.writtenAtMs).toBe(hourStartMs(hour));
  expect(again?.page.writtenAtMs).toBe(hourStartMs(hour) + 1);
});

/** The page about the API lists every refusal, with its status, and every event. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { problems } from "../../../services/api/problem.ts";
import { streamEvents } from "../../../services/contract/stream.ts";

const page = await readFile(new URL("../../../docs/api.md", import.meta.url), "utf8");

test("every refusal", () => {
  const listed = [...page.matchAll(/^\|\s*`([a-z-]+)`\s*\|\s*(\d{3})\s*\|/gm)].map((row) => `${row[1]} ${row[2]}`);
  expect(listed.toSorted()).toEqual(
    Object.entries(problems)
      .map(([code, { status }]) => `${code} ${status}`)
      .toSorted(),
  );
});

test("every event", () => {
  for (const event of Object.keys(streamEvents)) expect(page).toContain(`\`${event}\``);
});

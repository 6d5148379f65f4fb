/** What the batch adapter reads over the wire when there is much of it, or when it does not end. */
import { createServer } from "node:http";
import { afterEach, expect, test } from "vitest";
import { anthropicBatches } from "../../services/adapters/model/anthropic-batches.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { limits } from "../../services/contract/limits.ts";

const MINUTE = 60_000;
const NOW_MS = Date.parse("2026-11-21T12:00:00Z");

/** Made one a second until now, the newest first. */
const made = (number: number) => ({
  id: `msgbatch_${number}`,
  created_at: new Date(NOW_MS - number * 1_000).toISOString(),
  processing_status: "ended",
  results_url: "/",
  request_counts: { processing: 0, succeeded: 1, errored: 0, canceled: 0, expired: 0 },
});

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** An account with so many batches; the results of each begin with a line, and nothing follows. */
async function anAccount(count: number) {
  const pages: number[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams, origin } = new URL(request.url ?? "", `http://${request.headers.host}`);
    if (pathname.endsWith("/results")) {
      response.writeHead(200, { "content-type": "application/x-jsonl" });
      response.write('{"custom_id":"one","result":{"type":"expired"}}\n');
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    if (!pathname.endsWith("/batches"))
      return void response.end(JSON.stringify({ ...made(1), results_url: `${origin}${pathname}/results` }));
    const first = Number(searchParams.get("after_id")?.slice("msgbatch_".length) ?? 0) + 1;
    const size = Math.min(Number(searchParams.get("limit")), count - first + 1);
    pages.push(size);
    const data = Array.from({ length: size }, (_, i) => made(first + i));
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    response.end(JSON.stringify({ data, has_more: first + size <= count, ...ends }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return { port: anthropicBatches({ apiKey: "none", baseURL: url }), pages };
}

const options = { signal: new AbortController().signal, timeoutMs: 5_000 };

test("a list passes over all that was made later, and reads no page after its time", async () => {
  const { port, pages } = await anAccount(10_000);
  const untilMs = NOW_MS - 2_500_000;
  const found = await port.madeIn({ fromMs: untilMs - MINUTE, untilMs }, options);
  if (found.kind === "failed") throw new Error(found.message);
  expect(found.value.map(({ id }) => id)).toEqual(Array.from({ length: 61 }, (_, i) => `msgbatch_${2_500 + i}`));
  expect(pages).toEqual([1_000, 1_000, 1_000]);
});

test("more in the time of a list than are looked at is a failure, and so are too many pages", async () => {
  const { port, pages } = await anAccount(60 * limits.batchListPage);
  const tooMany = await port.madeIn({ fromMs: NOW_MS - limits.batchListMax * 1_000 - 1_000, untilMs: NOW_MS }, options);
  expect(tooMany).toMatchObject({ kind: "failed", message: "more than 1000 batches" });
  const atMs = NOW_MS - 59_000_000;
  const tooOld = await port.madeIn({ fromMs: atMs, untilMs: atMs }, options);
  expect(tooOld).toMatchObject({ kind: "failed", message: "more than 50 pages of batches" });
  expect(pages).toHaveLength(2 + limits.batchListPages);
});

test("results that do not end are left when they are aborted, and none of them is taken for all", async () => {
  const { port } = await anAccount(1);
  const stop = new AbortController();
  const reading = port.results("msgbatch_1", { ...options, signal: stop.signal });
  stops.push(() => stop.abort());
  expect(await Promise.race([reading, systemClock.sleep(200, stop.signal)])).toBeUndefined();
  stop.abort("over");
  expect(await reading).toMatchObject({ kind: "failed", code: "aborted", billed: "maybe" });
});

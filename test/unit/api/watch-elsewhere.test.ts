import { Hono } from "hono";
import { expect, test } from "vitest";
import { sendingWatchersElsewhere, underWatchPrefix, watchLocation } from "../../../services/api/watch-elsewhere.ts";

const run = `run_${"a".repeat(26)}`;
const app = new Hono();
app.get("/v1/runs/:id", (context) =>
  context.text(`run ${context.req.param("id")} ${context.req.query("wait") ?? "-"}`),
);
app.get("/v1/runs/:id/events", (context) => context.text("stream"));
app.post("/v1/runs", (context) => context.text("submitted"));

test.each([
  [`https://api.test/v/v1/runs/${run}?wait=20`, `https://api.test/v/watch/v1/runs/${run}?wait=20`],
  [`https://api.test/v/v1/runs/${run}/events`, `https://api.test/v/watch/v1/runs/${run}/events`],
  ["https://api.test/v/v1/runs?ids=a,b&wait=5", "https://api.test/v/watch/v1/runs?ids=a,b&wait=5"],
])("a wait for %s is sent on, behind the stage that stands in front", (asked, wanted) => {
  // What the function sees has no stage; what the client resolves the answer against has.
  const seen = asked.replace("/v/", "/");
  const location = watchLocation({ method: "GET", url: seen });
  expect(new URL(location ?? "none", asked).href).toBe(wanted);
});

test("nothing else is sent on", async () => {
  const front = sendingWatchersElsewhere(app);
  expect(await (await front.request(`/v1/runs/${run}`)).text()).toBe(`run ${run} -`);
  expect(await (await front.request(`/v1/runs/${run}?wait=0`)).text()).toBe(`run ${run} 0`);
  expect(await (await front.request("/v1/runs?wait=3", { method: "POST" })).text()).toBe("submitted");
});

test("who is sent on is answered there", async () => {
  const answer = await sendingWatchersElsewhere(app).request(`/v1/runs/${run}?wait=20`);
  expect(answer.status).toBe(307);
  const { pathname, search } = new URL(answer.headers.get("location") ?? "", `http://api.test/v1/runs/${run}`);
  expect(pathname).toBe(`/watch/v1/runs/${run}`);
  expect(await (await underWatchPrefix(app).request(pathname + search)).text()).toBe(`run ${run} 20`);
});

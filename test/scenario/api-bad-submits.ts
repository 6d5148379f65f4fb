/** Submits that must be refused. */
import { limits } from "../../services/contract/limits.ts";
import { post, type Row, refused as refusedAt } from "./api-bad-row.ts";
import { type Ask, goodRun } from "./api-fixture.ts";

type Cell = readonly [what: string, ask: Ask, field?: string];

const refused = (status: number, code: string, cells: readonly Cell[]): readonly Row[] =>
  refusedAt(
    status,
    code,
    cells.map(([what, ask, field]) => [what, "POST /v1/runs", ask, field]),
  );

const json = { "content-type": "application/json" };
const typed = (type: string, body: unknown = goodRun): Ask => post(body, { headers: { "content-type": type } });
const withRun = (fields: object): Ask => post({ ...goodRun, ...fields });
const withInput = (input: unknown): Ask => post({ agent: "echo", input });
const keyed = (key: string): Ask => post(goodRun, { headers: { "idempotency-key": key } });
const batchOf = (...runs: unknown[]): Ask => post({ runs });
const nested = (depth: number): string => `{"agent":"echo","input":${"[".repeat(depth)}${"]".repeat(depth)}}`;
const tooLate = limits.deadlineMaxMs + 1;
const tooLong = limits.timeoutMaxMs + 1;

/** The run itself. */
export const submits: readonly Row[] = [
  ...refused(400, "malformed-json", [
    ["no body", { headers: json }],
    ["an empty body", post("")],
    ["a text that is no JSON", post("agent=echo")],
    ["half a JSON", post('{"agent":"echo","input":{')],
    ["a trailing comma", post('{"agent":"echo",}')],
    ["single quotes", post("{'agent':'echo'}")],
    ["NaN", post('{"agent":"echo","input":NaN}')],
    ["two values", post("{} {}")],
    ["a body nested too deep", post(nested(limits.jsonDepth + 1))],
    ["a body nested to break parsers", post(nested(200_000))],
  ]),
  ...refused(400, "invalid-request", [
    ["a null", post("null")],
    ["a number", post("7")],
    ["a text", post('"echo"')],
    ["an array", post([goodRun])],
    ["an empty object", post({}), "agent"],
    ["no agent", post({ input: {} }), "agent"],
    ["no input", post({ agent: "echo" }), "input"],
    ["agent is a number", withRun({ agent: 1 }), "agent"],
    ["agent is null", withRun({ agent: null }), "agent"],
    ["agent is empty", withRun({ agent: "" }), "agent"],
    ["agent has a path", withRun({ agent: "../echo" }), "agent"],
    ["agent has capitals", withRun({ agent: "Echo" }), "agent"],
    ["agent is too long", withRun({ agent: "a".repeat(49) }), "agent"],
    ["agent is a prototype", withRun({ agent: "__proto__" }), "agent"],
    ["a lane that is none", withRun({ lane: "urgent" }), "lane"],
    ["lane is null", withRun({ lane: null }), "lane"],
    ["lane has capitals", withRun({ lane: "HIGH" }), "lane"],
    ["budget is a text", withRun({ budgetMicroUsd: "1" }), "budgetMicroUsd"],
    ["budget is 0", withRun({ budgetMicroUsd: 0 }), "budgetMicroUsd"],
    ["budget is negative", withRun({ budgetMicroUsd: -5 }), "budgetMicroUsd"],
    ["budget is a fraction", withRun({ budgetMicroUsd: 0.5 }), "budgetMicroUsd"],
    ["budget is too large", withRun({ budgetMicroUsd: 1e12 }), "budgetMicroUsd"],
    ["timeout is 0", withRun({ timeoutMs: 0 }), "timeoutMs"],
    ["timeout is a text", withRun({ timeoutMs: "5m" }), "timeoutMs"],
    ["timeout is too long", withRun({ timeoutMs: tooLong }), "timeoutMs"],
    ["deadline is negative", withRun({ deadlineMs: -1 }), "deadlineMs"],
    ["deadline is too far", withRun({ deadlineMs: tooLate }), "deadlineMs"],
    ["an unknown field", withRun({ priority: 1 }), "priority"],
    ["a tenant in the body", withRun({ tenant: "rival" }), "tenant"],
    ["a very long unknown field", withRun({ ["x".repeat(5_000)]: 1 })],
    ["a number that is no number", post('{"agent":"echo","input":1e999}'), "input"],
  ]),
  ...refused(422, "unknown-agent", [
    ["an agent that is not there", withRun({ agent: "poet" }), "agent"],
    ["an agent named like a method", withRun({ agent: "constructor" }), "agent"],
  ]),
  ...refused(422, "invalid-input", [
    ["input is null", withInput(null), "input"],
    ["input is a text", withInput("Why?"), "input"],
    ["input is an array", withInput([]), "input"],
    ["input lacks a field", withInput({}), "input.question"],
    ["a field of input has a wrong type", withInput({ question: 7 }), "input.question"],
    ["a field of input is empty", withInput({ question: "" }), "input.question"],
    ["a field of input is too large", withInput({ question: "Why?", times: 10 }), "input.times"],
    ["input has an unknown field", withInput({ question: "Why?", when: 1 }), "input.when"],
    ["the agent has no first message", withRun({ agent: "speechless" }), "input"],
  ]),
  ...refused(422, "budget-too-small", [
    ["a budget below the first call", withRun({ agent: "dear", budgetMicroUsd: 1 }), "budgetMicroUsd"],
    ["the default budget below the first call", withRun({ agent: "dear" }), "budgetMicroUsd"],
  ]),
];

/** Many runs. */
export const batches: readonly Row[] = [
  ...refused(400, "invalid-request", [
    ["an empty batch", batchOf(), "runs"],
    ["a batch too large", batchOf(...Array(101).fill(goodRun)), "runs"],
    ["runs is an object", post({ runs: goodRun }), "runs"],
    ["runs is null", post({ runs: null }), "runs"],
    ["a batch with a field beside", post({ runs: [goodRun], lane: "high" }), "lane"],
    ["a run and a batch at once", post({ ...goodRun, runs: [goodRun] }), "agent"],
    ["a run of a batch is a text", batchOf(goodRun, "echo"), "runs[1]"],
    ["a run of a batch is null", batchOf(null), "runs[0]"],
    ["a run of a batch has no agent", batchOf(goodRun, { input: {} }), "runs[1].agent"],
    ["a run of a batch has a wrong lane", batchOf({ ...goodRun, lane: 3 }), "runs[0].lane"],
    ["a run of a batch has an unknown field", batchOf(goodRun, goodRun, { ...goodRun, x: 1 }), "runs[2].x"],
    ["a batch within a batch", batchOf({ runs: [goodRun] }), "runs[0].runs"],
  ]),
  ...refused(422, "unknown-agent", [
    ["an unknown agent in a batch", batchOf(goodRun, { ...goodRun, agent: "poet" }), "runs[1].agent"],
  ]),
  ...refused(422, "invalid-input", [
    ["a wrong input in a batch", batchOf(goodRun, { agent: "echo", input: { question: 1 } }), "runs[1].input.question"],
  ]),
  ...refused(422, "budget-too-small", [
    ["a small budget in a batch", batchOf(goodRun, { ...goodRun, budgetMicroUsd: 1 }), "runs[1].budgetMicroUsd"],
  ]),
];

/** Headers and size. */
export const headers: readonly Row[] = [
  ...refused(415, "unsupported-media-type", [
    ["no content type", typed("")],
    ["a form", typed("application/x-www-form-urlencoded", "agent=echo")],
    ["plain text", typed("text/plain")],
    ["something like JSON", typed("application/jsonl")],
  ]),
  ...refused(413, "body-too-large", [
    ["a body too large", withInput({ question: "x".repeat(limits.bodyBytes) })],
    ["a body too large in spaces", post(" ".repeat(limits.bodyBytes + 1))],
    ["a body that says that it is too large", post(goodRun, { headers: { "content-length": "9999999" } })],
  ]),
  ...refused(400, "invalid-request", [
    ["an empty idempotency key", keyed(""), "idempotency-key"],
    ["an idempotency key too long", keyed("k".repeat(256)), "idempotency-key"],
    ["an idempotency key outside ASCII", keyed("caf\u00e9"), "idempotency-key"],
    ["an idempotency key with a tab", keyed("a\tb"), "idempotency-key"],
  ]),
];

/**
 * Research over documents: list, search and count, read around the best hits, take a note, answer.
 * Stateless: the history says what has been done, so the next step follows from it whoever asks.
 * Everything that is cited was seen in a tool's result.
 */
import type { Draft, Part } from "../play.ts";
import type { MessagesRequest } from "../request.ts";
import { evidenceOf, namesOfList, rankEvidence } from "./evidence.ts";
import { type Evidence, materialFrom, subjectOf } from "./material.ts";
import { contentWords } from "./salience.ts";
import { instanceOf } from "./schema.ts";
import type { PastCall, Transcript } from "./transcript.ts";

const RESEARCH_TOOLS: ReadonlySet<string> = new Set(["list_documents", "read_document", "search_documents"]);

/** Turns in which searches are made, searches of one turn, and words of the longest query. */
const MAX_SEARCH_TURNS = 2;
const QUERIES_PER_TURN = 2;
const QUERY_WORDS = 6;

/** Lines read before and after a hit. */
const LINES_AROUND = 6;

/** Documents read, and lines cited in an answer. */
const MAX_READS = 2;
const MAX_CITED = 5;

/** True when the tools offered are those of research. */
export function isResearch(request: MessagesRequest): boolean {
  return request.tools.some((tool) => RESEARCH_TOOLS.has(tool.name));
}

interface Step {
  readonly request: MessagesRequest;
  readonly question: string;
  readonly calls: readonly PastCall[];
  readonly ranked: readonly Evidence[];
  offers(tool: string): boolean;
  did(tool: string): boolean;
}

const call = (tool: string, input: Readonly<Record<string, unknown>>): Part => ({ kind: "call", tool, input });

/** Question words, most telling first: names and long words before short ones. */
function searchTerms(question: string): readonly string[] {
  const proper = new Set((question.match(/(?<=\S\s+)\p{Lu}[\p{L}\p{N}'-]+/gu) ?? []).map((word) => word.toLowerCase()));
  const weight = (word: string): number => word.length + (proper.has(word) ? 8 : 0) + (/^\d+$/.test(word) ? 4 : 0);
  return [...contentWords(question)].sort((a, b) => weight(b) - weight(a));
}

/** Queries to try in order: the telling words together, for a search that ranks; then one by one. */
function queriesFor(question: string): readonly string[] {
  const terms = searchTerms(question);
  return [...new Set([terms.slice(0, QUERY_WORDS).join(" "), ...terms])].filter((query) => query !== "");
}

function search(step: Step): readonly Part[] {
  if (!step.offers("search_documents")) return [];
  const tried = new Set(step.calls.filter((c) => c.tool === "search_documents").map((c) => String(c.input.query)));
  const enough = step.ranked.length > 0 || tried.size >= MAX_SEARCH_TURNS * QUERIES_PER_TURN;
  if (tried.size > 0 && enough) return [];
  const fresh = queriesFor(step.question)
    .filter((query) => !tried.has(query))
    .slice(0, QUERIES_PER_TURN);
  const parts = fresh.map((query) => call("search_documents", { query }));
  const counted = fresh.at(-1);
  if (counted !== undefined && step.offers("count_matches") && !step.did("count_matches")) {
    parts.push(call("count_matches", { query: counted }));
  }
  return parts;
}

function read(step: Step): readonly Part[] {
  if (!step.offers("read_document") || step.did("read_document")) return [];
  const best = new Map<string, Evidence>();
  for (const hit of step.ranked) if (!best.has(hit.document)) best.set(hit.document, hit);
  const around = [...best.values()].slice(0, MAX_READS).map(({ document, line }) => {
    const range = { from_line: Math.max(1, line - LINES_AROUND), to_line: line + LINES_AROUND };
    return call("read_document", { name: document, ...range });
  });
  if (around.length > 0) return around;
  const listed = step.calls.find((c) => c.tool === "list_documents" && !c.isError);
  return namesOfList(listed?.result ?? "")
    .slice(0, MAX_READS)
    .map((name) => call("read_document", { name }));
}

function note(step: Step): readonly Part[] {
  const [best] = step.ranked;
  if (best === undefined || !step.offers("take_note") || step.did("take_note")) return [];
  return [call("take_note", { text: best.text, document: best.document, line: best.line })];
}

function countSentence(step: Step): string {
  const counted = step.calls.find((c) => c.tool === "count_matches" && !c.isError);
  const result = counted?.result ?? "";
  const found = /total\D*(\d+)/i.exec(result)?.[1] ?? /^\D*(\d+)\D*$/.exec(result)?.[1];
  return counted === undefined || found === undefined
    ? ""
    : ` A count of "${String(counted.input.query)}" gave ${found}.`;
}

function answer(step: Step): Draft {
  const cited = step.ranked.slice(0, MAX_CITED);
  const prose = cited.map((line) => `${line.text} [${line.document}:${line.line}]`).join(" ");
  const main =
    cited.length === 0
      ? "The documents that I searched and read do not answer this question."
      : `The documents say: ${prose}${countSentence(step)}`;
  const schema = step.request.outputSchema;
  if (schema === undefined) return { parts: [{ kind: "text", text: main }] };
  const material = materialFrom(cited.map((line) => line.text).join(" "), cited, { main });
  return { parts: [{ kind: "text", text: JSON.stringify(instanceOf(schema, material)) }] };
}

/** The next step of the research, or its answer. */
export function researchDraft(request: MessagesRequest, transcript: Transcript): Draft {
  const question = subjectOf(transcript.question);
  const names = new Set(request.toolChoice.kind === "none" ? [] : request.tools.map((tool) => tool.name));
  const done = new Set(transcript.calls.map((past) => past.tool));
  const step: Step = {
    request,
    question,
    calls: transcript.calls,
    ranked: rankEvidence(evidenceOf(transcript), question),
    offers: (tool) => names.has(tool),
    did: (tool) => done.has(tool),
  };
  const list = step.offers("list_documents") && !step.did("list_documents") ? [call("list_documents", {})] : [];
  const steps: readonly [string, readonly Part[]][] = [
    ["First I look at which documents there are.", list],
    ["I search for the telling words of the question.", search(step)],
    ["I read around the best hits.", read(step)],
    ["I note what I found.", note(step)],
  ];
  const next = steps.find(([, parts]) => parts.length > 0);
  if (next === undefined) return answer(step);
  const calls = request.parallelTools ? next[1] : next[1].slice(0, 1);
  return { parts: [{ kind: "text", text: next[0] }, ...calls] };
}

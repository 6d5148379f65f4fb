/** Lines of documents as tools return them, and how well each fits a question. */
import type { Evidence } from "./material.ts";
import { contentWords, stem, wordsOf } from "./salience.ts";
import type { PastCall, Transcript } from "./transcript.ts";

/** Most lines that are weighed. */
const MAX_LINES = 5_000;

/** Reads `document:line: text` lines, as a search returns them. */
export function linesOfSearch(result: string): readonly Evidence[] {
  return result.split("\n").flatMap((row) => {
    const [, document, line, rest] = /^\s*([^\s:][^:]*):(\d+):\s?(.*)$/.exec(row) ?? [];
    const text = shownText(rest);
    return document === undefined || text === "" ? [] : [{ document, line: Number(line), text }];
  });
}

/** The text of a line as a tool shows it, without the mark of a cut at its end: a quote has to be in the document. */
function shownText(text: string | undefined): string {
  return (text ?? "").trim().replace(/\s*(?:…|\[\.\.\.\])$/, "");
}

/** Reads `line: text` lines of one document, as a read returns them under a header. */
export function linesOfRead(result: string, document: string): readonly Evidence[] {
  return result.split("\n").flatMap((row) => {
    const [, line, rest] = /^\s*(\d+)\s*[:|\t]\s?(.*)$/.exec(row) ?? [];
    const text = shownText(rest);
    return line === undefined || text === "" ? [] : [{ document, line: Number(line), text }];
  });
}

function linesOf(call: PastCall): readonly Evidence[] {
  if (call.isError) return [];
  if (call.tool === "search_documents") return linesOfSearch(call.result);
  if (call.tool !== "read_document" || typeof call.input.name !== "string") return [];
  const { name } = call.input;
  return call.result.includes(`${name}:`) ? linesOfSearch(call.result) : linesOfRead(call.result, name);
}

/** Every line seen so far, once each. */
export function evidenceOf(transcript: Transcript): readonly Evidence[] {
  const seen = new Map<string, Evidence>();
  for (const call of transcript.calls) {
    for (const line of linesOf(call)) {
      if (seen.size >= MAX_LINES) return [...seen.values()];
      seen.set(`${line.document}:${line.line}`, line);
    }
  }
  return [...seen.values()];
}

/** Part of its neighbours' score that a line gets: an answer often stands beside the words of its question. */
const NEIGHBOUR_SHARE = 0.3;

/** Weight of a line with a number where the question asks for one, and of a heading. */
const NUMBER_BONUS = 1.3;
const HEADING_PENALTY = 0.5;

const ASKS_NUMBER =
  /\b(?:how (?:much|many|long|far|old|often|high|deep)|when|what (?:time|distance|price|year|date)|cost)\b/i;

function fitness(text: string, wantsNumber: boolean): number {
  const heading = !/\p{Ll}{3}/u.test(text) ? HEADING_PENALTY : 1;
  return wantsNumber && /\d/.test(text) ? heading * NUMBER_BONUS : heading;
}

/** For each line, the summed rarity of the question's words in it. */
function overlaps(lines: readonly Evidence[], question: string): readonly number[] {
  const wanted = new Set(contentWords(question).map(stem));
  const stems = lines.map((line) => new Set(wordsOf(line.text).map(stem)));
  const rarity = new Map<string, number>();
  for (const word of wanted) {
    const holders = stems.filter((set) => set.has(word)).length;
    rarity.set(word, holders === 0 ? 0 : Math.log(1 + lines.length / holders));
  }
  return stems.map((own) => {
    let score = 0;
    for (const word of wanted) if (own.has(word)) score += rarity.get(word) ?? 0;
    return score;
  });
}

/** The lines that share words with the question or stand beside such lines, best first; rare words weigh more. */
export function rankEvidence(lines: readonly Evidence[], question: string): readonly Evidence[] {
  const own = overlaps(lines, question);
  const byPlace = new Map(lines.map((line, index) => [`${line.document}:${line.line}`, own[index] ?? 0]));
  const wantsNumber = ASKS_NUMBER.test(question);
  const scored = lines.map((line, index) => {
    const beside = [-1, 1].map((step) => byPlace.get(`${line.document}:${line.line + step}`) ?? 0);
    const score = (own[index] ?? 0) + NEIGHBOUR_SHARE * Math.max(...beside);
    return { line, index, score: score * fitness(line.text, wantsNumber) };
  });
  const useful = scored.filter(({ score }) => score > 0);
  return useful.sort((a, b) => b.score - a.score || a.index - b.index).map(({ line }) => line);
}

/** Names of documents in the answer of `list_documents`, however it lays them out. */
export function namesOfList(result: string): readonly string[] {
  const counted = result.split("\n").flatMap((row) => /^(.+?) \(\d+ lines?\)/.exec(row)?.[1] ?? []);
  if (counted.length > 0) return counted;
  const names = result.match(/[\p{L}\p{N}_][\p{L}\p{N}_\-./]*\.[a-z0-9]{1,8}\b/giu) ?? [];
  if (names.length > 0) return [...new Set(names)];
  return result.split("\n").flatMap((row) => /^[\s\-*"]*([^\s:,"]+)/.exec(row)?.[1] ?? []);
}

/** Lines of documents as tools return them, and how well each fits a question. */
import type { Evidence } from "./material.ts";
import { contentWords, stem, wordsOf } from "./salience.ts";
import type { PastCall, Transcript } from "./transcript.ts";

/** Most lines that are weighed. */
const MAX_LINES = 5_000;

/** Reads `document:line: text` lines, as a search returns them. */
export function linesOfSearch(result: string): readonly Evidence[] {
  return result.split("\n").flatMap((row) => {
    const match = /^\s*[-*[(]*([^\s:][^:]*?):(\d+)[\])]?\s*[:|]\s?(.*)$/.exec(row);
    const [, document, line, text] = match ?? [];
    if (document === undefined || line === undefined || text === undefined) return [];
    return text.trim() === "" ? [] : [{ document: document.trim(), line: Number(line), text: text.trim() }];
  });
}

/** Reads `line: text` lines of one document, as a read returns them under a header. */
export function linesOfRead(result: string, document: string): readonly Evidence[] {
  return result.split("\n").flatMap((row) => {
    const match = /^\s*(\d+)\s*[:|\t]\s?(.*)$/.exec(row);
    const [, line, text] = match ?? [];
    if (line === undefined || text === undefined || text.trim() === "") return [];
    return [{ document, line: Number(line), text: text.trim() }];
  });
}

function linesOf(call: PastCall): readonly Evidence[] {
  if (call.isError) return [];
  if (call.tool === "search_documents") return linesOfSearch(call.result);
  if (call.tool !== "read_document" || typeof call.input.name !== "string") return [];
  const read = linesOfRead(call.result, call.input.name);
  return read.length > 0 ? read : linesOfSearch(call.result);
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

/** The lines that share words with the question, best first; rare words weigh more than common ones. */
export function rankEvidence(lines: readonly Evidence[], question: string): readonly Evidence[] {
  const wanted = new Set(contentWords(question).map(stem));
  const stems = lines.map((line) => new Set(wordsOf(line.text).map(stem)));
  const rarity = new Map<string, number>();
  for (const word of wanted) {
    const holders = stems.filter((set) => set.has(word)).length;
    rarity.set(word, holders === 0 ? 0 : Math.log(1 + lines.length / holders));
  }
  const scored = lines.map((line, index) => {
    const own = stems[index] ?? new Set<string>();
    let score = 0;
    for (const word of wanted) if (own.has(word)) score += rarity.get(word) ?? 0;
    return { line, index, score };
  });
  const useful = scored.filter(({ score }) => score > 0);
  return useful.sort((a, b) => b.score - a.score || a.index - b.index).map(({ line }) => line);
}

/** Names of documents in the answer of `list_documents`, however it lays them out. */
export function namesOfList(result: string): readonly string[] {
  const names = result.match(/[\p{L}\p{N}_][\p{L}\p{N}_\-./]*\.[a-z0-9]{1,8}\b/giu) ?? [];
  if (names.length > 0) return [...new Set(names)];
  return result.split("\n").flatMap((row) => /^[\s\-*"]*([^\s:,"]+)/.exec(row)?.[1] ?? []);
}

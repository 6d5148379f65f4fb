/** Finding lines by words: rare words weigh more, so that a question may be put as it is. */
import type { Document, Place } from "./document.ts";

/** Most lines that a search gives. */
export const SEARCH_HITS = 20;

/** Lines found, best first, and how many more there are. */
export type Hits = { readonly places: readonly Place[]; readonly more: number };

/** Words of a text in lower case: runs of letters and digits. A plural `s` is dropped, so that "tides" finds "tide". */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word) => (word.length > 3 && word.endsWith("s") ? word.slice(0, -1) : word));
}

const allPlaces = (documents: readonly Document[]): Place[] =>
  documents.flatMap(({ name, lines }) => lines.map((text, i) => ({ document: name, line: i + 1, text })));

/** Which of the words a line holds: each as a whole word or as the beginning of one. */
function wordsIn(line: string, words: readonly string[]): string[] {
  const there = wordsOf(line);
  return words.filter((word) => there.some((candidate) => candidate.startsWith(word)));
}

/** Lines that hold any word of the query, best first; equal ones in reading order. */
export function searchLines(documents: readonly Document[], query: string): Hits {
  const words = [...new Set(wordsOf(query))];
  const found = allPlaces(documents)
    .map((place) => ({ place, words: wordsIn(place.text, words) }))
    .filter((hit) => hit.words.length > 0);
  const lines = new Map(words.map((word) => [word, found.filter((hit) => hit.words.includes(word)).length]));
  const weight = (word: string): number => Math.log(1 + found.length / (lines.get(word) ?? 1));
  const score = (hit: readonly string[]): number => hit.reduce((sum, word) => sum + weight(word), 0);
  const ranked = found
    .map((hit, order) => ({ ...hit, order, score: score(hit.words) }))
    .sort((a, b) => b.score - a.score || a.order - b.order);
  return {
    places: ranked.slice(0, SEARCH_HITS).map(({ place }) => place),
    more: Math.max(0, ranked.length - SEARCH_HITS),
  };
}

/** For each document, how many of its lines hold every word of the query. None when the query has no word. */
export function countLines(documents: readonly Document[], query: string): ReadonlyMap<string, number> {
  const words = [...new Set(wordsOf(query))];
  const matches = (line: string): boolean => words.length > 0 && wordsIn(line, words).length === words.length;
  return new Map(documents.map(({ name, lines }) => [name, lines.filter(matches).length]));
}

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

/** How well a line holds a word: as it is, as the beginning of a longer one (half), or not at all. */
function holds(line: readonly string[], word: string): number {
  if (line.includes(word)) return 1;
  return line.some((longer) => longer.startsWith(word)) ? 0.5 : 0;
}

/** Lines that hold any word of the query, best first; equal ones in reading order. */
export function searchLines(documents: readonly Document[], query: string): Hits {
  const words = [...new Set(wordsOf(query))];
  const found = allPlaces(documents)
    .map((place) => ({ place, there: wordsOf(place.text) }))
    .map(({ place, there }) => ({ place, held: words.map((word) => holds(there, word)) }))
    .filter(({ held }) => held.some((much) => much > 0));
  const rarity = words.map((_, word) => {
    const lines = found.filter(({ held }) => (held[word] ?? 0) > 0).length;
    return lines === 0 ? 0 : Math.log(1 + found.length / lines);
  });
  const score = (held: readonly number[]): number => held.reduce((sum, much, i) => sum + much * (rarity[i] ?? 0), 0);
  const ranked = found
    .map(({ place, held }, order) => ({ place, order, score: score(held) }))
    .sort((a, b) => b.score - a.score || a.order - b.order);
  return {
    places: ranked.slice(0, SEARCH_HITS).map(({ place }) => place),
    more: Math.max(0, ranked.length - SEARCH_HITS),
  };
}

/** For each document, how many of its lines hold every word of the query as it is. None when the query has no word. */
export function countLines(documents: readonly Document[], query: string): ReadonlyMap<string, number> {
  const words = [...new Set(wordsOf(query))];
  const matches = (line: string): boolean => {
    const there = wordsOf(line);
    return words.length > 0 && words.every((word) => there.includes(word));
  };
  return new Map(documents.map(({ name, lines }) => [name, lines.filter(matches).length]));
}

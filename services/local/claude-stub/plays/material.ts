/** What an answer is made of: sentences, key terms and evidence, taken from the text that the run is about. */
import { isObject } from "../narrow.ts";
import { keyTerms, rankSentences, sentencesOf, wordsOf } from "./salience.ts";

/** A line of a document that was really seen. */
export interface Evidence {
  readonly document: string;
  readonly line: number;
  readonly text: string;
}

/** Material for an answer. */
export interface Material {
  /** The main text: a summary, or an answer. */
  readonly main: string;
  /** Sentences, best first. */
  readonly points: readonly string[];
  readonly terms: readonly string[];
  readonly title: string;
  readonly words: number;
  readonly evidence: readonly Evidence[];
}

/** Sentences of a summary, and the most points that a list gets. */
const SUMMARY_SENTENCES = 3;
const MAX_POINTS = 12;

/** Longest title, in words. */
const TITLE_WORDS = 10;

/** The text inside a user message: the longest string of a JSON object, the inside of a tag, or all of it. */
export function subjectOf(message: string): string {
  const trimmed = message.trim();
  if (trimmed.startsWith("{")) {
    try {
      const parsed: unknown = JSON.parse(trimmed);
      const texts = isObject(parsed) ? Object.values(parsed).filter((value) => typeof value === "string") : [];
      const longest = texts.sort((a, b) => b.length - a.length)[0];
      if (longest !== undefined && longest.length > 0) return longest;
    } catch {
      return message;
    }
  }
  const tagged = /<(text|document|input|article|content)[^<>]*>([\s\S]+?)<\/\1>/.exec(message);
  return tagged?.[2] ?? message;
}

/** The beginning of a sentence, up to a pause or the longest title. */
function titleOf(sentence: string): string {
  const words = sentence.split(/\s+/).filter((word) => word !== "");
  const pause = words.findIndex((word, index) => index >= 3 && /[,;:]$/.test(word));
  const title = words.slice(0, Math.min(TITLE_WORDS, pause < 0 ? TITLE_WORDS : pause + 1)).join(" ");
  return title.replace(/[.,;:!?]+$/, "");
}

/** Makes material from a text; `main` may be given, else it is the best sentences in their order. */
export function materialFrom(
  text: string,
  evidence: readonly Evidence[],
  more: { main?: string; sentences?: number } = {},
): Material {
  const sentences = sentencesOf(text);
  const ranked = rankSentences(sentences);
  const best = new Set(ranked.slice(0, more.sentences ?? SUMMARY_SENTENCES));
  const summary = sentences.filter((sentence) => best.has(sentence)).join(" ");
  const title = titleOf(ranked[0] ?? text);
  return {
    main: more.main ?? (summary === "" ? text.trim() : summary),
    points: ranked.slice(0, MAX_POINTS),
    terms: keyTerms(text, MAX_POINTS),
    title: title === "" ? "Untitled" : title,
    words: wordsOf(text).length,
    evidence,
  };
}

/** Which words and sentences of a text matter: frequency of content words, with a bonus for coming early. */

/** Longest text that is weighed, in characters; what follows is not read. */
export const MAX_WEIGHED_CHARS = 200_000;

const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about above after again against all also am an and any are as at be because been before being below between both but
  by can could did do does doing down during each every few for from further get had has have having he her here hers him
  his how i if in into is it its itself just made make many may me might more most much must my no nor not now of off on
  once one only or other our out over own same say says she should so some such than that the their them then there these
  they this those through to too two under until up upon use used very was we were what when where which while who whom
  whose why will with would you your tell find give list name explain describe document documents text texts according
  question answer please file files read cite citation citations line lines`.split(/\s+/),
);

/** The words of a text in lower case, in order. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [];
}

/** A word without its commonest endings, so that "ship", "ships" and "shipped" meet. */
export function stem(word: string): string {
  const base = word.replace(/['’]s$/, "");
  if (base.length < 5) return base.replace(/s$/, "");
  return base.replace(/(?:ings?|edly|ed|ies|es|s|ly)$/, "").slice(0, 12);
}

/** Content words, without repeats: stop words and single letters are left out. */
export function contentWords(text: string): readonly string[] {
  const kept = wordsOf(text).filter((word) => (word.length > 1 || /\d/.test(word)) && !STOP_WORDS.has(word));
  return [...new Set(kept)];
}

/** A line that is shorter than this ends where its author ended it; a longer one may be wrapped prose. */
const WRAPPED_LINE_CHARS = 60;

/** Longest sentence that is handed out; a longer one is cut between words. */
const MAX_SENTENCE_CHARS = 320;

/** Puts wrapped prose together again; tables, headings and list items stay lines of their own. */
function passagesOf(text: string): readonly string[] {
  const passages: string[] = [];
  let open = "";
  for (const raw of text.split("\n")) {
    const line = raw.replace(/\s+/g, " ").trim();
    const startsItem = line === "" || /^(?:\d|[-*•#|])/.test(line);
    if (open !== "" && startsItem) {
      passages.push(open);
      open = "";
    }
    open = open === "" ? line : `${open} ${line}`;
    if (open !== "" && line.length < WRAPPED_LINE_CHARS) {
      passages.push(open);
      open = "";
    }
  }
  return open === "" ? passages : [...passages, open];
}

/** The sentences of a text, white space made single, very long ones cut. */
export function sentencesOf(text: string): readonly string[] {
  return passagesOf(text.slice(0, MAX_WEIGHED_CHARS)).flatMap((passage) =>
    passage
      .split(/(?<=[.!?]["')\]]?)\s+(?=["'([]?[\p{Lu}\p{N}])/u)
      .filter((part) => part !== "")
      .map((part) =>
        part.length <= MAX_SENTENCE_CHARS ? part : part.slice(0, MAX_SENTENCE_CHARS).replace(/\s\S*$/, ""),
      ),
  );
}

/** How often each stem occurs among the content words of a text. */
function stemCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of wordsOf(text.slice(0, MAX_WEIGHED_CHARS))) {
    if (word.length < 2 || STOP_WORDS.has(word)) continue;
    const key = stem(word);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Words that make a sentence long enough to stand alone. */
const GOOD_LENGTH_WORDS = 8;

/** The sentences, best first. */
export function rankSentences(sentences: readonly string[]): readonly string[] {
  const counts = stemCounts(sentences.join(" "));
  const scored = sentences.map((sentence, index) => {
    const words = contentWords(sentence);
    const weight = words.reduce((sum, word) => sum + (counts.get(stem(word)) ?? 0), 0);
    const early = 1 + 1 / (1 + index);
    const length = Math.max(GOOD_LENGTH_WORDS, words.length) ** 0.9;
    return { sentence, index, score: (weight * early) / length };
  });
  return scored.sort((a, b) => b.score - a.score || a.index - b.index).map(({ sentence }) => sentence);
}

/** The commonest content words of a text, commonest first, as they are first written. */
export function keyTerms(text: string, most: number): readonly string[] {
  const counts = stemCounts(text);
  const written = new Map<string, string>();
  for (const word of contentWords(text.slice(0, MAX_WEIGHED_CHARS))) {
    const key = stem(word);
    if (!written.has(key)) written.set(key, word);
  }
  const ranked = [...counts].filter(([key]) => key.length > 2).sort((a, b) => b[1] - a[1]);
  return ranked.slice(0, most).map(([key]) => written.get(key) ?? key);
}

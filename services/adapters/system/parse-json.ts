/** A text as JSON; undefined when it is none. Whoever asks parses what came with a schema. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

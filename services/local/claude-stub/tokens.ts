/** Token counts from text. The stub has no tokenizer: four characters are one token. */

/** Characters that make one token. */
export const CHARS_PER_TOKEN = 4;

/** Tokens of an image or a document that is not text; a mid-sized picture. */
export const BINARY_BLOCK_TOKENS = 1_500;

/** Tokens of a text of `chars` characters; something that exists has at least one. */
export function tokensOfChars(chars: number): number {
  return Math.max(1, Math.ceil(chars / CHARS_PER_TOKEN));
}

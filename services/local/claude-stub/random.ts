/** Seeded chance. The same seed and key give the same numbers, in whatever order calls arrive. */

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** 32-bit FNV-1a of a text. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** Mulberry32: small, fast, good enough to draw latencies and faults. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";

/** A text of `length` letters and digits. */
export function letters(random: Random, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += LETTERS.charAt(Math.floor(random() * LETTERS.length));
  return text;
}

/** Chance that a seed repeats exactly: the same seed gives the same traffic and the same interruptions everywhere. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Draws of one seed. Fractions are in [0, 1); `normal` has mean 0 and deviation 1; `exponential` has mean 1. */
export type SeededChance = {
  fraction(): number;
  normal(): number;
  exponential(): number;
};

/** Chance of a seed; `stream` keeps what is drawn for one purpose apart from what is drawn for another. */
export function seeded(seed: number, stream: number): SeededChance {
  const generator = xoroshiro128plus(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b));
  const fraction = () => uniformFloat64(generator);
  return {
    fraction,
    normal: () => Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction()),
    exponential: () => -Math.log(1 - fraction()),
  };
}

import type { Signal } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";

/** A signal as a decision may use it: a value, nothing to decide by, or why it is not known. */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T; readonly atMs: number }
  | { readonly kind: "none" }
  | { readonly kind: "unknown"; readonly why: string };

/** Reads a signal; one that is older than `limits.signalOldMs` is unknown. */
export function read<T>(signal: Signal<T>, nowMs: number): Reading<T> {
  if (signal.kind === "none") return signal;
  if (signal.kind === "unknown") return { kind: "unknown", why: signal.because };
  const ageMs = nowMs - signal.atMs;
  if (ageMs > limits.signalOldMs) return { kind: "unknown", why: `measured ${Math.round(ageMs / 1_000)} s ago` };
  return { kind: "value", value: signal.value, atMs: signal.atMs };
}

/** The value of a reading; undefined when there is none. */
export const valueIn = <T>(reading: Reading<T>): T | undefined =>
  reading.kind === "value" ? reading.value : undefined;

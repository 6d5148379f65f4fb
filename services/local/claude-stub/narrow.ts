/** Narrowing of unknown JSON by hand: these run on every call, where a schema library would cost more than the stub. */
import { invalid } from "./refusal.ts";

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** True for a JSON object, false for an array or null. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a JSON array; its elements stay unknown. */
export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The object at `field`, or a 400 that names it. */
export function objectAt(value: unknown, field: string): Json {
  if (isObject(value)) return value;
  throw invalid(field, value === undefined ? "Field required" : "Input should be an object");
}

/** The array at `field`, or a 400 that names it. */
export function arrayAt(value: unknown, field: string): readonly unknown[] {
  if (isArray(value)) return value;
  throw invalid(field, value === undefined ? "Field required" : "Input should be a valid array");
}

/** The non-empty string at `field`, or a 400 that names it. */
export function textAt(value: unknown, field: string): string {
  if (typeof value === "string" && value.length > 0) return value;
  throw invalid(field, value === undefined ? "Field required" : "Input should be a non-empty string");
}

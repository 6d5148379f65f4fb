/** A property of the templates as a value, so that a test can ask for it, take it away, and see that it is missed. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Templates } from "../synth.ts";

/** The value is not there, and must not be: the service's default would be another, or nobody may decide it. */
export const ABSENT = Symbol("absent");

/**
 * What resources of a type must have. `where` is a text that picks among them (id, name, contents), `count` how many it picks.
 * Paths are dotted; `*` is every element of a list that has at least one. A regular expression is matched against JSON text;
 * of several each must match.
 */
export type Property = {
  readonly text: string;
  readonly stack: keyof Templates;
  readonly type: string;
  readonly where?: string;
  readonly count?: number;
  readonly has: Readonly<Record<string, unknown>>;
};

const resources = z.record(z.string(), z.looseObject({ Type: z.string() }));
export type Resources = z.infer<typeof resources>;
/** The resources of a template, as plain data that belongs to the caller. */
export const resourcesOf = (template: Templates[keyof Templates]): Resources =>
  resources.parse(structuredClone(template.toJSON().Resources));

/** Ids of the resources that a property speaks of. */
export const picked = (all: Resources, { type, where = "" }: Property): string[] =>
  Object.entries(all).flatMap(([id, one]) =>
    one.Type === type && `${id} ${JSON.stringify(one)}`.includes(where) ? [id] : [],
  );

type Place = { readonly holder: Record<string, unknown>; readonly key: string };
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Every place that a path names; one whose way there is missing is none. */
function places(from: unknown, [key = "", ...rest]: readonly string[]): Place[] {
  if (!isRecord(from)) return [];
  const keys = key === "*" ? Object.keys(from) : [key];
  return keys.flatMap((one) => (rest.length === 0 ? [{ holder: from, key: one }] : places(from[one], rest)));
}
export const placesOf = (resource: unknown, path: string): Place[] => places(resource, path.split("."));

const patternsOf = (wanted: unknown): RegExp[] => [wanted].flat().filter((one) => one instanceof RegExp);

function agrees(value: unknown, wanted: unknown): boolean {
  if (wanted === ABSENT) return value === undefined;
  const patterns = patternsOf(wanted);
  if (patterns.length > 0) return value !== undefined && patterns.every((one) => one.test(JSON.stringify(value)));
  return isDeepStrictEqual(value, wanted);
}

/** What is not as the property says: nothing, when it holds. */
export function violations(all: Resources, property: Property): string[] {
  const ids = picked(all, property);
  const { count = 1, has } = property;
  const missing = ids.length === count ? [] : [`${ids.length} of ${count} resources: ${ids.join(", ")}`];
  const wrong = ids.flatMap((id) =>
    Object.entries(has).flatMap(([path, wanted]) => {
      const found = placesOf(all[id], path);
      if (found.length === 0 && wanted !== ABSENT) return [`${id} has no ${path}`];
      return found
        .filter(({ holder, key }) => !agrees(holder[key], wanted))
        .map(({ holder, key }) => `${id} ${path}: ${JSON.stringify(holder[key])}`);
    }),
  );
  return [...missing, ...wrong];
}

/** Another value of the same kind. */
function flipped(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return "another";
  return Array.isArray(value) ? ["another"] : {};
}

/** What may stand in place of a value: nothing, something else, and text without one of several parts. */
function lost(value: unknown, wanted: unknown): (readonly [string, unknown])[] {
  if (wanted === ABSENT) return [["added", 1]];
  const patterns = patternsOf(wanted);
  const text = JSON.stringify(value) ?? "";
  const cuts =
    patterns.length < 2 ? [] : patterns.map((one) => [`without ${one}`, JSON.parse(text.replace(one, ""))] as const);
  return [["removed", undefined], ["flipped", flipped(value)], ...cuts];
}

/** Ways to lose a property: each a name, and a template that has lost it. */
export function* plants(all: Resources, property: Property): Generator<readonly [string, Resources]> {
  for (const id of picked(all, property)) {
    const { [id]: own, ...others } = all;
    yield [`without ${id}`, others];
    for (const [path, wanted] of Object.entries(property.has)) {
      for (const [i, { holder: before, key: name }] of placesOf(own, path).entries()) {
        for (const [way, value] of lost(before[name], wanted)) {
          const planted = structuredClone(own);
          const place = placesOf(planted, path)[i];
          if (place === undefined) throw new Error(`${id} ${path}: the copy is another`);
          place.holder[place.key] = value;
          yield [`${id} ${path} ${way}`, resources.parse({ ...others, [id]: planted })];
        }
      }
    }
  }
}

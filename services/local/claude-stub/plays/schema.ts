/** Values that are valid for a JSON schema, filled with material: structured answers and tool arguments. */
import { isArray, isObject, type Json } from "../narrow.ts";
import { type Material, materialFrom } from "./material.ts";

/** Deepest nesting that is filled; below it objects stay empty where the schema allows. */
const MAX_DEPTH = 16;

/** Elements of a list when the schema does not say. */
const USUAL_ITEMS = 3;

interface Filling {
  readonly root: Json;
  readonly material: Material;
  /** Strings handed out so far from the points, so that a list does not repeat itself. */
  used: number;
}

const numberOr = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

function resolve(schema: unknown, root: Json): Json {
  let at: Json = isObject(schema) ? schema : {};
  for (let hops = 0; typeof at.$ref === "string" && hops < MAX_DEPTH; hops++) {
    let target: unknown = root;
    for (const step of at.$ref.replace(/^#\/?/, "").split("/")) {
      if (step !== "") target = isObject(target) ? target[step] : undefined;
    }
    at = isObject(target) ? target : {};
  }
  for (const choice of [at.anyOf, at.oneOf]) {
    if (isArray(choice))
      return resolve(choice.find((one) => !(isObject(one) && one.type === "null")) ?? choice[0], root);
  }
  if (isArray(at.allOf)) return Object.assign({}, at, ...at.allOf.map((part) => resolve(part, root)));
  return at;
}

function sized(text: string, schema: Json): string {
  const most = numberOr(schema.maxLength, Number.POSITIVE_INFINITY);
  const least = numberOr(schema.minLength, 0);
  return (text.length > most ? text.slice(0, most) : text).padEnd(least, ".");
}

const FORMATS: Readonly<Record<string, string>> = {
  date: "2026-01-01",
  "date-time": "2026-01-01T00:00:00Z",
  time: "00:00:00Z",
  email: "someone@example.com",
  uri: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function stringFor(schema: Json, name: string, fill: Filling): string {
  const { material } = fill;
  if (typeof schema.format === "string" && FORMATS[schema.format] !== undefined) return FORMATS[schema.format] ?? "";
  if (/title|headline|subject|^name$|topic/i.test(name)) return sized(material.title, schema);
  if (/lang/i.test(name)) return sized("en", schema);
  if (/term|keyword|tag/i.test(name))
    return sized(material.terms[fill.used++ % Math.max(1, material.terms.length)] ?? "", schema);
  if (/summary|answer|abstract|text|result|content/i.test(name)) return sized(material.main, schema);
  const { points } = material;
  return sized(points.length === 0 ? material.main : (points[fill.used++ % points.length] ?? material.main), schema);
}

function numberFor(schema: Json, name: string, fill: Filling, whole: boolean): number {
  const exclusiveLeast = numberOr(schema.exclusiveMinimum, Number.NEGATIVE_INFINITY);
  const least = Math.max(
    numberOr(schema.minimum, Number.NEGATIVE_INFINITY),
    whole ? exclusiveLeast + 1 : exclusiveLeast,
  );
  const most = numberOr(
    schema.maximum,
    numberOr(schema.exclusiveMaximum, Number.POSITIVE_INFINITY) - (whole ? 1 : 1e-9),
  );
  const share = /confiden|score|probab|relevan/i.test(name) && !whole;
  const wanted = share ? 0.8 : /word/i.test(name) ? fill.material.words : 1;
  return Math.min(Math.max(wanted, least > wanted ? (whole ? Math.ceil(least) : least) : wanted), most);
}

/** Lists of {document, line, quote} are filled from evidence, never from imagination. */
function citationsFor(items: Json, schema: Json, fill: Filling): readonly Json[] | undefined {
  const properties = isObject(items.properties) ? Object.keys(items.properties) : [];
  const document = properties.find((name) => /^(document|doc|source|file|name)/i.test(name));
  const line = properties.find((name) => /line/i.test(name));
  if (document === undefined || line === undefined) return undefined;
  const quote = properties.find((name) => /quote|text|excerpt|passage/i.test(name));
  const most = numberOr(schema.maxItems, fill.material.evidence.length);
  return fill.material.evidence.slice(0, most).map((seen) => {
    const base = { [document]: seen.document, [line]: seen.line };
    return quote === undefined ? base : { ...base, [quote]: seen.text };
  });
}

function arrayFor(schema: Json, name: string, fill: Filling, depth: number): readonly unknown[] {
  const items = resolve(schema.items, fill.root);
  const cited = citationsFor(items, schema, fill);
  if (cited !== undefined) return cited;
  const have = /term|keyword|tag/i.test(name) ? fill.material.terms.length : fill.material.points.length;
  const usual = Math.max(1, Math.min(USUAL_ITEMS, have));
  const count = Math.min(numberOr(schema.maxItems, USUAL_ITEMS), Math.max(numberOr(schema.minItems, 0), usual));
  const itemName = /term|keyword|tag/i.test(name) ? "term" : "item";
  fill.used = 0;
  return Array.from({ length: count }, () => valueFor(items, itemName, fill, depth + 1));
}

function objectFor(schema: Json, fill: Filling, depth: number): Json {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = isArray(schema.required) ? schema.required : [];
  const value: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (depth < MAX_DEPTH || required.includes(name)) value[name] = valueFor(property, name, fill, depth + 1);
  }
  return value;
}

function valueFor(raw: unknown, name: string, fill: Filling, depth: number): unknown {
  const schema = resolve(raw, fill.root);
  if (schema.const !== undefined) return schema.const;
  if (isArray(schema.enum)) return schema.enum[0];
  if (depth > 2 * MAX_DEPTH) return null;
  const type = isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (type === "object" || isObject(schema.properties)) return objectFor(schema, fill, depth);
  if (type === "array") return arrayFor(schema, name, fill, depth);
  if (type === "integer" || type === "number") return numberFor(schema, name, fill, type === "integer");
  if (type === "boolean") return true;
  if (type === "null") return null;
  return stringFor(schema, name, fill);
}

/** A value for `schema`, made of `material`. */
export function instanceOf(schema: Json, material: Material): unknown {
  return valueFor(schema, "", { root: schema, material, used: 0 }, 0);
}

/** Arguments for a tool, made from its schema and a text. Optional ones are left out. */
export function argumentsFor(schema: Json, text: string): Json {
  const required = isArray(schema.required) ? schema.required : [];
  const properties = isObject(schema.properties) ? schema.properties : {};
  const needed = Object.fromEntries(Object.entries(properties).filter(([name]) => required.includes(name)));
  const value = instanceOf({ ...schema, properties: needed }, materialFrom(text, []));
  return isObject(value) ? value : {};
}

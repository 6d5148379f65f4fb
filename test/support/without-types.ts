/** A template without what an endpoint cannot make: what refers to it refers to a name that nobody has. */
import { z } from "zod";
import type { StackTemplate } from "./templates-of-app.ts";

const NOBODY = "arn:aws:lambda:us-east-1:000000000000:function:not-made-here";
const getAtt = z.strictObject({ "Fn::GetAtt": z.union([z.tuple([z.string(), z.string()]), z.string()]) });
const ref = z.strictObject({ Ref: z.string() });
const list = z.union([z.string(), z.array(z.string())]);

/** The logical id that an intrinsic function names. */
function named(value: unknown): string | undefined {
  const asRef = ref.safeParse(value);
  if (asRef.success) return asRef.data.Ref;
  const asAttribute = getAtt.safeParse(value);
  if (!asAttribute.success) return undefined;
  const of = asAttribute.data["Fn::GetAtt"];
  return typeof of === "string" ? of.split(".")[0] : of[0];
}

function rewritten(value: unknown, gone: ReadonlySet<string>): unknown {
  const target = named(value);
  if (target !== undefined) return gone.has(target) ? NOBODY : value;
  if (Array.isArray(value)) return value.map((one) => rewritten(one, gone));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => {
    if (key !== "DependsOn") return [key, rewritten(one, gone)] as const;
    return [key, [list.parse(one)].flat().filter((id) => !gone.has(id))] as const;
  });
  return Object.fromEntries(entries);
}

type Resource = StackTemplate["Resources"][string];

/**
 * The template without resources of these types (a name that ends with `::` stands for all under it) and without those that
 * `isGone` picks, and which types went as a whole.
 */
export function withoutTypes(
  template: StackTemplate,
  types: readonly string[],
  isGone: (resource: Resource) => boolean = () => false,
) {
  const goes = (type: string) => types.some((one) => (one.endsWith("::") ? type.startsWith(one) : type === one));
  const resources = Object.entries(template.Resources);
  const dropped = resources.filter(([, { Type }]) => goes(Type));
  const picked = resources.filter(([, resource]) => isGone(resource));
  const gone = new Set([...dropped, ...picked].map(([id]) => id));
  const rest = {
    Resources: Object.fromEntries(resources.filter(([id]) => !gone.has(id))),
    Outputs: template.Outputs ?? {},
    // The version of the bootstrap is the command line's to check.
    Parameters: {},
  };
  return {
    body: JSON.stringify(rewritten(rest, gone)),
    types: [...new Set(dropped.map(([, { Type }]) => Type))],
    picked: picked.length,
  };
}

/** Just enough of the syntax tree: any node, its parts, its names. */

export type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>;

export function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value
  );
}

/** The node in a field, when there is one. */
export function part(node: Node, field: string): Node | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The nodes in a field that holds a list. */
export function parts(node: Node, field: string): Node[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The text in a field, when it is one. */
export function textOf(node: Node | undefined, field: string): string | undefined {
  const value = node?.[field];
  return typeof value === "string" ? value : undefined;
}

/** `a.b.c` of an identifier or a chain of members; undefined for anything computed. */
export function dotted(node: Node | undefined): string | undefined {
  if (node?.type === "Identifier") return textOf(node, "name");
  if (node?.type !== "MemberExpression" || node.computed === true) return undefined;
  const object = dotted(part(node, "object"));
  const property = textOf(part(node, "property"), "name");
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

/** The nodes right below a node. */
export const children = (node: Node): Node[] => Object.values(node).flat().filter(isNode);

/** Visits every node, parents first; `parent` is undefined for the program. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  visit(node, parent);
  for (const child of children(node)) walk(child, visit, node);
}

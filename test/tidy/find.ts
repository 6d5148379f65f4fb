/** Turns a visit of nodes into a rule's check. */
import { type House, lineAt, type Source } from "./house.ts";
import type { Node } from "./node.ts";
import type { Finding } from "./rule.ts";

/** Findings at the nodes of the sources in `where` for which `what` has something to say. */
export function findNodes(
  house: House,
  where: (path: string) => boolean,
  what: (node: Node, parent: Node | undefined, source: Source) => string | undefined,
): Finding[] {
  return house.sources
    .filter(({ path }) => where(path))
    .flatMap((source) =>
      source.nodes.flatMap(({ node, parent }): Finding[] => {
        const said = what(node, parent, source);
        return said === undefined ? [] : [{ path: source.path, line: lineAt(source.text, node.start), what: said }];
      }),
    );
}

/** Findings at the lines of the text files in `where` that a pattern matches. */
export function findLines({ files }: House, pattern: RegExp, where: (path: string) => boolean = () => true): Finding[] {
  return files
    .filter(({ path }) => where(path))
    .flatMap(({ path, lines }) =>
      lines.flatMap((text, i) => {
        const [match] = pattern.exec(text) ?? [];
        return match === undefined ? [] : [{ path, line: i + 1, what: match.trim() }];
      }),
    );
}

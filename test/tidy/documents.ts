/** Documents: what a reader sees in a list of them. */
import type { Rule } from "./rule.ts";

/** Lines that are a first-level heading, outside of code. */
function headings(lines: readonly string[]): number[] {
  let code = false;
  return lines.flatMap((line, i) => {
    if (/^\s*(```|~~~)/.test(line)) code = !code;
    return !code && /^# /.test(line) ? [i + 1] : [];
  });
}

export const documentRules: readonly Rule[] = [
  {
    name: "a document has one first-level heading, at its top",
    reason: "the heading is the document's name wherever it is listed",
    instead: "begin with `# Name` and use `##` below it",
    check: ({ files }) =>
      files
        .filter(({ path }) => path.endsWith(".md"))
        .flatMap(({ path, lines }) => {
          const [first, second] = headings(lines);
          if (first !== 1) return [{ path, line: 1, what: "the first line is no first-level heading" }];
          return second === undefined ? [] : [{ path, line: second, what: "a second first-level heading" }];
        }),
    fires: [{ "docs/a.md": "## A\n" }, { "README.md": "# A\n\n# B\n" }, { "a.md": "text\n\n# A\n" }],
    passes: [{ "docs/a.md": "# A\n\n```sh\n# a comment\n```\n\n## B\n" }],
  },
];

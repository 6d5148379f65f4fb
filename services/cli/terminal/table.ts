/** Columns of text, for people. */
import { stripVTControlCharacters } from "node:util";

export type Column<Row> = {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: "left" | "right";
};

const width = (text: string): number => [...stripVTControlCharacters(text)].length;

function pad(text: string, to: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return align === "right" ? space + text : text + space;
}

/** The rows under their titles, two spaces between columns, no space at the ends of lines. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => column.cell(row))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => width(line[i] ?? ""))));
  return cells
    .map((line) =>
      line
        .map((cell, i) => pad(cell, widths[i] ?? 0, columns[i]?.align ?? "left"))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

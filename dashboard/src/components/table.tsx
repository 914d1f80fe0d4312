import type { ComponentChildren, JSX } from "preact";
import { Button } from "./button";
import "./table.css";

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Numbers stand at the end of their column. */
  readonly end?: boolean;
  /** The cell that names the row; on a phone it is the row's first line. */
  readonly main?: boolean;
  /** Buttons of the row: their column's title is only heard. */
  readonly quiet?: boolean;
}

export interface TableProps<T> {
  /** What the table holds, for those who cannot see it. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly name: (row: T) => string;
}

/** Rows and columns; on a phone each row becomes a small card with its titles beside the values. */
export function Table<T>({ label, columns, rows, name }: TableProps<T>): JSX.Element {
  return (
    <table class="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" class={column.end ? "end" : undefined}>
              <span class={column.quiet ? "unseen" : undefined}>{column.title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={name(row)}>
            {columns.map((column) => (
              <td key={column.title} class={`${column.end ? "end" : ""}${column.main ? " main" : ""}${column.quiet ? " quiet" : ""}`} data-title={column.title}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Under a list that goes on. */
export function More({ busy, onMore }: { readonly busy: boolean; readonly onMore: () => void }): JSX.Element {
  return (
    <div class="more">
      <Button look="quiet" busy={busy} onClick={onMore}>
        Show more
      </Button>
    </div>
  );
}

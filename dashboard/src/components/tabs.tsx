import type { JSX } from "preact";
import { useId } from "preact/hooks";
import "./tabs.css";

export interface Choice<V extends string> {
  readonly value: V;
  readonly label: string;
}

export interface SegmentedProps<V extends string> {
  /** What is chosen here. */
  readonly label: string;
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
}

/** A few choices of which one holds, at once. */
export function Segmented<V extends string>({ label, value, choices, onChange }: SegmentedProps<V>): JSX.Element {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend class="unseen">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input type="radio" name={name} value={choice.value} checked={choice.value === value} onChange={() => onChange(choice.value)} />
          <span>{choice.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Pages within a page, each with its address. */
export function SubNav({ label, links, current }: { readonly label: string; readonly links: readonly { readonly href: string; readonly label: string }[]; readonly current: string }): JSX.Element {
  return (
    <nav class="sub-nav" aria-label={label}>
      {links.map(({ href, label: words }) => (
        <a key={href} href={href} aria-current={href === current ? "page" : undefined}>
          {words}
        </a>
      ))}
    </nav>
  );
}

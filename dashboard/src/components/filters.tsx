// What narrows a list down, above it; each control shows by what it holds what it is for, so labels are only heard.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon";
import "./filters.css";

export function Filters({ label, children }: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class="filters" role="search" aria-label={label}>
      {children}
    </div>
  );
}

export interface FilterProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function FilterSelect({ label, value, onChange, options }: FilterProps & { readonly options: readonly { readonly value: string; readonly label: string }[] }): JSX.Element {
  return (
    <div class="select filter-select">
      <select class="input" aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="down" size={16} />
    </div>
  );
}

const TYPING_MS = 250;

/** Tells what is typed as soon as the typing pauses. */
export function FilterSearch({ label, value, onChange }: FilterProps): JSX.Element {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onChange(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <div class="filter-search">
      <Icon name="search" size={16} />
      <input type="search" class="input" aria-label={label} placeholder={label} value={text} onInput={(event) => setText(event.currentTarget.value)} />
    </div>
  );
}

// More parts of forms: choosing several, and what few people need.
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import "./form-parts.css";

export interface ChoicesProps<V extends string> {
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | undefined;
  readonly options: readonly { readonly value: V; readonly label: string; readonly about?: string }[];
  readonly chosen: readonly V[];
  readonly onChange: (chosen: V[]) => void;
}

/** Any number of a few. */
export function Choices<V extends string>({ label, hint, problem, options, chosen, onChange }: ChoicesProps<V>): JSX.Element {
  const id = useId();
  const toggled = (value: V, on: boolean): V[] => (on ? [...chosen, value] : chosen.filter((one) => one !== value));
  return (
    <fieldset class="choices" aria-describedby={problem || hint ? `${id}-about` : undefined}>
      <legend class="field-label">{label}</legend>
      <div class="choices-grid">
        {options.map((option) => (
          <label key={option.value} class="choice">
            <input type="checkbox" checked={chosen.includes(option.value)} onChange={(event) => onChange(toggled(option.value, event.currentTarget.checked))} />
            <span>
              {option.label}
              {option.about && <span class="choice-about">{option.about}</span>}
            </span>
          </label>
        ))}
      </div>
      {(problem || hint) && (
        <p class={problem ? "field-problem" : "field-hint"} id={`${id}-about`}>
          {problem ?? hint}
        </p>
      )}
    </fieldset>
  );
}

export interface OneOfProps<V extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: V; readonly label: string; readonly about?: string }[];
  readonly value: V;
  readonly onChange: (value: V) => void;
}

/** One of a few that need words to be told apart. */
export function OneOf<V extends string>({ label, options, value, onChange }: OneOfProps<V>): JSX.Element {
  const name = useId();
  return (
    <fieldset class="choices">
      <legend class="field-label">{label}</legend>
      <div class="choices-cards">
        {options.map((option) => (
          <label key={option.value} class="choice card-choice">
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>
              {option.label}
              {option.about && <span class="choice-about">{option.about}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** What few people need, folded away. */
export function Details({ summary, children, open = false }: { readonly summary: string; readonly children: ComponentChildren; readonly open?: boolean }): JSX.Element {
  return (
    <details class="details" open={open}>
      <summary>{summary}</summary>
      <div class="details-body">{children}</div>
    </details>
  );
}

/** What to do elsewhere, one thing after another. */
export function HowTo({ steps }: { readonly steps: readonly string[] }): JSX.Element {
  return (
    <ol class="how-to">
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}

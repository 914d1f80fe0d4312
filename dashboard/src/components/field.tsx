// Form fields: a label, the control, what helps and what is wrong, joined for those who listen.
import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Problem } from "../api/problem";
import { IconButton } from "./button";
import { Icon } from "./icon";
import "./field.css";

interface Common {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly problem?: string | undefined;
}

interface Joined {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": true | undefined;
}

/** Any control with a label: `children` gets what joins it to the words around it. */
export function Field({ label, hint, problem, children }: Common & { readonly children: (joined: Joined) => ComponentChildren }): JSX.Element {
  const id = useId();
  const about = problem ? `${id}-problem` : hint ? `${id}-hint` : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": about, "aria-invalid": problem ? true : undefined })}
      {problem ? (
        <p class="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      ) : (
        hint && (
          <p class="field-hint" id={`${id}-hint`}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

export interface TextFieldProps extends Common {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: "text" | "email" | "url" | "search" | "number" | "time";
  readonly placeholder?: string;
  /** What the browser may fill in: `username`, `email`, `one-time-code`, `off`. */
  readonly autoComplete?: string;
  readonly inputMode?: "text" | "numeric" | "email" | "url" | "search";
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly maxLength?: number;
  /** The first field of a dialog or of a page that is one form. */
  readonly first?: boolean;
}

/** Dialogs honour `autofocus` when they open, pages only when they load: what comes later is focused here. */
function useFirst(first: boolean): RefObject<HTMLInputElement | null> {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (first) input.current?.focus();
  }, [first]);
  return input;
}

export function TextField(props: TextFieldProps): JSX.Element {
  const input = useFirst(props.first ?? false);
  return (
    <Field label={props.label} hint={props.hint} problem={props.problem}>
      {(joined) => <input ref={input} {...joined} {...attributes(props, props.type ?? "text")} />}
    </Field>
  );
}

export function PasswordField(props: Omit<TextFieldProps, "type">): JSX.Element {
  const [shown, setShown] = useState(false);
  const input = useFirst(props.first ?? false);
  return (
    <Field label={props.label} hint={props.hint} problem={props.problem}>
      {(joined) => (
        <div class="input-with">
          <input ref={input} {...joined} {...attributes(props, shown ? "text" : "password")} />
          <IconButton icon={shown ? "hidden" : "eye"} label={shown ? "Hide the password" : "Show the password"} aria-pressed={shown} onClick={() => setShown(!shown)} />
        </div>
      )}
    </Field>
  );
}

function attributes({ value, onChange, placeholder, autoComplete, inputMode, required, disabled, maxLength, first }: Omit<TextFieldProps, "type">, type: string): object {
  return {
    class: "input",
    type,
    value,
    placeholder,
    autoComplete,
    inputMode,
    required,
    disabled,
    maxLength,
    autoFocus: first,
    spellcheck: false,
    autocapitalize: "none",
    onInput: (event: Event) => onChange((event.currentTarget as HTMLInputElement).value),
  };
}

export interface SelectFieldProps extends Common {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly disabled?: boolean;
}

export function SelectField({ label, hint, problem, value, onChange, options, disabled = false }: SelectFieldProps): JSX.Element {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(joined) => (
        <div class="select">
          <select {...joined} class="input" value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value)}>
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon name="down" size={16} />
        </div>
      )}
    </Field>
  );
}

export interface SwitchProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

/** On or off, at once; for what a form sends later use Checkbox. */
export function Switch({ label, hint, checked, onChange, disabled = false }: SwitchProps): JSX.Element {
  const id = useId();
  return (
    <div class="switch-line">
      <div class="grow">
        <span id={id}>{label}</span>
        {hint && (
          <p class="field-hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
      <button type="button" role="switch" class="switch" aria-checked={checked} aria-labelledby={id} aria-describedby={hint ? `${id}-hint` : undefined} disabled={disabled} onClick={() => onChange(!checked)} />
    </div>
  );
}

/** A switch whose words stand elsewhere on the page. */
export function Toggle({ label, checked, onChange, disabled = false }: Omit<SwitchProps, "hint">): JSX.Element {
  return <button type="button" role="switch" class="switch" aria-checked={checked} aria-label={label} title={label} disabled={disabled} onClick={() => onChange(!checked)} />;
}

export function Checkbox({ label, hint, checked, onChange, disabled = false }: SwitchProps): JSX.Element {
  const id = useId();
  return (
    <div class="checkbox">
      <input type="checkbox" id={id} checked={checked} disabled={disabled} aria-describedby={hint ? `${id}-hint` : undefined} onChange={(event) => onChange(event.currentTarget.checked)} />
      <div>
        <label for={id}>{label}</label>
        {hint && (
          <p class="field-hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

export interface FormProps {
  readonly onSubmit: () => void;
  /** What went wrong with the whole; what concerns one field stands at that field. */
  readonly problem?: Problem | null;
  readonly children: ComponentChildren;
  readonly label?: string;
}

export function Form({ onSubmit, problem = null, children, label }: FormProps): JSX.Element {
  return (
    <form
      class="form"
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      {problem && problem.fields.length === 0 && (
        <p class="form-problem" role="alert">
          <Icon name="alert" size={16} />
          <span>{problem.detail}</span>
        </p>
      )}
    </form>
  );
}

/** Where a form's buttons stand. */
export function FormButtons({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <div class="form-buttons">{children}</div>;
}

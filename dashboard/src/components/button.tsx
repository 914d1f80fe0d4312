import type { ButtonHTMLAttributes, ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon";
import "./button.css";

type Look = "primary" | "plain" | "quiet" | "danger";

interface Common {
  readonly look?: Look;
  readonly size?: "normal" | "small";
  readonly icon?: IconName | undefined;
}

export interface ButtonProps extends Common, Omit<ButtonHTMLAttributes, "icon" | "size" | "class"> {
  /** Doing it now: the button says so and does nothing again. */
  readonly busy?: boolean;
  readonly children: ComponentChildren;
}

export function Button({ look = "plain", size = "normal", icon, busy = false, children, type = "button", ...rest }: ButtonProps): JSX.Element {
  return (
    <button {...rest} type={type} class={`button ${look} ${size}`} aria-busy={busy} aria-disabled={busy || undefined} onClick={busy ? stop : rest.onClick}>
      {icon && <Icon name={icon} size={16} />}
      <span>{children}</span>
    </button>
  );
}

function stop(event: Event): void {
  event.preventDefault();
}

export interface LinkButtonProps extends Common {
  readonly href: string;
  readonly target?: "_blank";
  readonly download?: boolean | string;
  readonly children: ComponentChildren;
}

/** Looks like a button and leads somewhere. */
export function LinkButton({ look = "plain", size = "normal", icon, href, target, download, children }: LinkButtonProps): JSX.Element {
  return (
    <a href={href} target={target} download={download} rel={target && "noreferrer"} class={`button ${look} ${size}`}>
      {icon && <Icon name={icon} size={16} />}
      <span>{children}</span>
    </a>
  );
}

export interface IconButtonProps extends Omit<ButtonHTMLAttributes, "icon" | "label" | "size" | "class"> {
  readonly icon: IconName;
  /** What it does, for those who cannot see it and for the tooltip. */
  readonly label: string;
}

export function IconButton({ icon, label, type = "button", ...rest }: IconButtonProps): JSX.Element {
  return (
    <button {...rest} type={type} class="icon-button" aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { Button, IconButton } from "./button";
import { Icon } from "./icon";
import { toast } from "./toasts";
import "./copy.css";

const SAID_MS = 1600;

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byHand(text); // the page came by plain http: the browser keeps its clipboard to itself
  }
}

function byHand(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const worked = document.execCommand("copy");
  area.remove();
  return worked;
}

export interface CopyFieldProps {
  /** What it is: "Server", "Stream key". */
  readonly label: string;
  readonly value: string;
  /** Dots until somebody asks to see it. */
  readonly secret?: boolean;
}

interface Copying {
  readonly copied: boolean;
  readonly take: () => Promise<void>;
}

function useCopy(value: string): Copying {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const take = async (): Promise<void> => {
    if (await copy(value)) setCopied(true);
    else toast("The browser does not let this page copy: select the text and copy it by hand.", "bad");
  };
  return { copied, take };
}

/** For what stands on the page in a form of its own. */
export function CopyButton({ label, value }: { readonly label: string; readonly value: string }): JSX.Element {
  const { copied, take } = useCopy(value);
  return (
    <Button icon={copied ? "check" : "copy"} onClick={() => void take()}>
      <span aria-live="polite">{copied ? "Copied" : label}</span>
    </Button>
  );
}

/** Something to take along, in one click. */
export function CopyField({ label, value, secret = false }: CopyFieldProps): JSX.Element {
  const id = useId();
  const { copied, take } = useCopy(value);
  const [shown, setShown] = useState(!secret);
  return (
    <div class="copy" role="group" aria-labelledby={id}>
      <span class="copy-label" id={id}>
        {label}
      </span>
      <div class="copy-line">
        <code class="copy-value">{shown ? value : "•".repeat(Math.min(value.length, 24))}</code>
        {secret && <IconButton icon={shown ? "hidden" : "eye"} label={shown ? `Hide ${label}` : `Show ${label}`} onClick={() => setShown(!shown)} />}
        <button type="button" class={`copy-button${copied ? " done" : ""}`} aria-label={`${copied ? "Copied" : "Copy"} ${label}`} onClick={() => void take()}>
          <Icon name={copied ? "check" : "copy"} size={16} />
          <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
        </button>
      </div>
    </div>
  );
}

// Short words about what just happened, at the edge of the page.
import type { JSX } from "preact";
import { signal } from "@preact/signals";
import { Icon } from "./icon";
import type { Tone } from "./state";
import "./toasts.css";

const SHOWN_MS = 5000;
const SHOWN_MAX = 4;

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

const toasts = signal<readonly Toast[]>([]);
let count = 0;

export function toast(text: string, tone: Tone = "good"): void {
  const id = ++count;
  toasts.value = [...toasts.value, { id, text, tone }].slice(-SHOWN_MAX);
  setTimeout(() => (toasts.value = toasts.value.filter((one) => one.id !== id)), SHOWN_MS);
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, tone }) => (
        <div key={id} class={`toast tone-${tone}`}>
          <Icon name={tone === "good" ? "check" : tone === "plain" ? "info" : "alert"} size={16} />
          {text}
        </div>
      ))}
    </div>
  );
}

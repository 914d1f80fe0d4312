// Light, dark, or as the system says.
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
const KEPT_AS = "manycast.theme";

function kept(): Theme {
  try {
    const said = localStorage.getItem(KEPT_AS);
    return said === "light" || said === "dark" ? said : "system";
  } catch {
    return "system"; // storage is closed to this page
  }
}

export const theme = signal<Theme>(kept());

export function setTheme(next: Theme): void {
  theme.value = next;
  try {
    localStorage.setItem(KEPT_AS, next);
  } catch {
    // It holds until the page is closed.
  }
}

export function applyTheme(): void {
  effect(() => {
    if (theme.value === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme.value;
  });
}

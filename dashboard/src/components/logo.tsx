import type { JSX } from "preact";

export function Logo({ size = 22 }: { readonly size?: number }): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <circle cx="12" cy="12" r="3.4" fill="var(--live)" />
      <path d="M6.2 6.200a8.2 8.2 0 0 0 0 11.600m11.6 0a8.2 8.2 0 0 0 0-11.6" fill="none" stroke="currentColor" stroke-width="2.1" stroke-linecap="round" />
    </svg>
  );
}

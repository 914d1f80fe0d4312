// The platforms by name and by a mark of their colour.
import type { JSX } from "preact";
import type { Platform } from "../api/simulcast";
import "./platform.css";

interface Words {
  readonly name: string;
  readonly mark: string;
}

export const PLATFORMS: Record<Platform, Words> = {
  twitch: { name: "Twitch", mark: "M5 4.500h10v6.800l-2.700 2.700H9.600L7.500 16v-2H5zM9 7.500v2.800M12 7.500v2.8" },
  youtube: { name: "YouTube", mark: "M8 6.800v6.400l5.500-3.200z" },
  kick: { name: "Kick", mark: "M7 4.500v11M13.500 4.500 7.500 10l6 5.500" },
  custom: { name: "Custom server", mark: "M4.500 5h11v4h-11zM4.500 11h11v4h-11zM7 7h.01M7 13h.01" },
};

export function PlatformMark({ platform, small = false }: { readonly platform: Platform; readonly small?: boolean }): JSX.Element {
  return (
    <span class={`platform ${platform}${small ? " small" : ""}`} aria-hidden="true">
      <svg viewBox="0 0 20 20">
        <path d={PLATFORMS[platform].mark} />
      </svg>
    </span>
  );
}

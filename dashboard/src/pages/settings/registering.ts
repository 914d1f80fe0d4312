// Where each platform makes apps, and what it wants to know of ours.
import type { AccountPlatform } from "../../api/simulcast";

interface Registering {
  readonly console: string;
  readonly steps: readonly string[];
  /** What to say of the secret; empty where none is needed. */
  readonly secret: string;
}

export const REGISTERING: Record<AccountPlatform, Registering> = {
  twitch: {
    console: "https://dev.twitch.tv/console/apps",
    steps: ["Register an application there; two-factor authentication must be on for your Twitch account.", "Category “Broadcaster Suite”, client type “Public”: no secret is needed.", "Copy its client ID here."],
    secret: "",
  },
  youtube: {
    console: "https://console.cloud.google.com/apis/credentials",
    steps: [
      "Make a project and switch on the “YouTube Data API v3”.",
      "Set up the consent screen. Publish it: while it is “in testing”, Google asks everybody to connect again every seven days.",
      "Make an OAuth client of the kind “Web application” with the redirect URL below, and copy its ID and secret here.",
    ],
    secret: "Kept encrypted, never shown.",
  },
  kick: {
    console: "https://kick.com/settings/developer",
    steps: ["Make an app there, with the redirect URL below; two-factor authentication must be on.", "Chat needs a webhook: switch it on there when this network has a public address.", "Copy its client ID and secret here."],
    secret: "Kept encrypted, never shown.",
  },
};

// Where each platform makes apps, and what it wants to know of ours.
import type { AccountPlatform } from "../../api/simulcast";

interface Registering {
  readonly console: string;
  readonly steps: readonly string[];
  /** The platform sends browsers back to us: it must be told where. */
  readonly returns: boolean;
  /** What to say of the secret; empty where none is needed. */
  readonly secret: string;
}

export const REGISTERING: Record<AccountPlatform, Registering> = {
  twitch: {
    console: "https://dev.twitch.tv/console/apps",
    steps: ["Register an application there; two-factor authentication must be on for your Twitch account.", "Category “Broadcaster Suite”, client type “Public”: no secret is needed. Any redirect URL will do: http://localhost.", "Copy its client ID here."],
    returns: false,
    secret: "",
  },
  youtube: {
    console: "https://console.cloud.google.com/apis/credentials",
    steps: [
      "Make a project and switch on the “YouTube Data API v3”.",
      "Set up the consent screen. Publish it: while it is “in testing”, Google asks everybody to connect again every seven days.",
      "Make an OAuth client of the kind “TVs and Limited Input devices”, and copy its ID and secret here.",
    ],
    returns: false,
    secret: "Kept encrypted, never shown.",
  },
  kick: {
    console: "https://kick.com/settings/developer",
    steps: ["Make an app there, with the redirect URL below; two-factor authentication must be on.", "For chat, enter below where Kick reaches this control room, and switch webhooks on there with the webhook URL that is shown then.", "Copy its client ID and secret here."],
    returns: true,
    secret: "Kept encrypted, never shown.",
  },
};

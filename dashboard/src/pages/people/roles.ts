import type { Role } from "../../api/types";

export const ROLES: readonly { readonly value: Role; readonly label: string; readonly about: string }[] = [
  { value: "viewer", label: "Viewer", about: "Sees how their channels do, and plays their recordings." },
  { value: "broadcaster", label: "Broadcaster", about: "Also publishes to them: titles, stream keys, recording." },
  { value: "operator", label: "Operator", about: "Every channel, the network, notifications." },
  { value: "admin", label: "Admin", about: "Everything, people and settings too." },
];

/** Operators and admins work with every channel. */
export function hasChannels(role: Role): boolean {
  return role === "viewer" || role === "broadcaster";
}

export function roleLabel(role: Role): string {
  return ROLES.find(({ value }) => value === role)?.label ?? role;
}

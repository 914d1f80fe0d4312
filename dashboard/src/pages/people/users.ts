import type { components } from "../../__generated__/api";

export type User = components["schemas"]["User"];
export type Invitation = components["schemas"]["Invitation"];
export type MadeInvitation = components["schemas"]["MadeInvitation"];

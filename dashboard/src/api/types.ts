// The values of the API by short names.
import type { components } from "../__generated__/api";

type Schemas = components["schemas"];
export type Addresses = Schemas["Addresses"];
export type Broadcast = Schemas["Broadcast"];
export type Channel = Schemas["Channel"];
export type Condition = Schemas["Condition"];
export type Delivery = Schemas["Delivery"];
export type Fleet = Schemas["Fleet"];
export type FleetChange = Schemas["FleetChange"];
export type Health = Schemas["Health"];
export type Ingest = Schemas["Ingest"];
export type LiveEvents = Schemas["LiveEvents"];
export type MadeChannel = Schemas["MadeChannel"];
export type MadeSrt = Schemas["MadeSrt"];
export type MadeStreamKey = Schemas["MadeStreamKey"];
export type Member = Schemas["Member"];
export type Node = Schemas["Node"];
export type NodeRole = Schemas["NodeRole"];
export type Recording = Schemas["Recording"];
export type RecordingNow = Schemas["RecordingNow"];
export type Rendition = Schemas["Rendition"];
export type Me = Schemas["Me"];
export type Session = Schemas["Session"];
export type Entrance = Schemas["Entrance"];
export type Rule = Schemas["Rule"];
export type Site = Schemas["Site"];
export type Snapshot = Schemas["Snapshot"];
export type Stream = Schemas["Stream"];
export type StreamKey = Schemas["StreamKey"];
export type Streams = Schemas["Streams"];
export type StreamsChange = Schemas["StreamsChange"];
export type StreamState = Schemas["StreamState"];
export type System = Schemas["System"];
export type Target = Schemas["Target"];
export type Touched = Schemas["Touched"];

export type Role = "viewer" | "broadcaster" | "operator" | "admin";

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | null;
}

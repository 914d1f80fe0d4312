// The values of the API by short names. Those that openapi.json does not describe yet are written out here.
import type { components } from "../__generated__/api";

type Schemas = components["schemas"];
export type Addresses = Schemas["Addresses"];
export type Broadcast = Schemas["Broadcast"];
export type Channel = Schemas["Channel"];
export type MadeChannel = Schemas["MadeChannel"];
export type MadeStreamKey = Schemas["MadeStreamKey"];
export type Recording = Schemas["Recording"];
export type StreamKey = Schemas["StreamKey"];
export type System = Schemas["System"];

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | null;
}

export type Role = "viewer" | "broadcaster" | "operator" | "admin";
export type Condition = "good" | "unsteady" | "bad";
export type StreamState = "offline" | "starting" | "live" | "reconnecting" | "ended";
export type NodeRole = "origin" | "edge" | "control";
export type Health = "healthy" | "degraded" | "silent" | "gone";

export interface Ingest {
  readonly condition: Condition;
  readonly reasons: readonly string[];
  readonly protocol: string;
  readonly peer: string;
  readonly video_bps: number;
  readonly audio_bps: number;
  readonly frame_rate: number;
  readonly keyframe_interval_ms: number | null;
  readonly behind_ms: number;
  readonly dropped_frames: number;
}

export interface Rendition {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frame_rate: number;
  readonly bandwidth_bps: number;
  readonly codecs: string;
}

export interface RecordingNow {
  readonly take: string;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly size_bytes: number;
}

export interface Stream {
  readonly channel: string;
  readonly state: StreamState;
  readonly since: string;
  readonly ended_at: string | null;
  readonly heard_at: string;
  readonly stale: boolean;
  readonly origin: string;
  readonly part_ms: number | null;
  readonly viewers: number;
  readonly ingest: Ingest | null;
  readonly renditions: readonly Rendition[];
  readonly notes: readonly string[];
  readonly recording: RecordingNow | null;
  readonly recording_trouble: string;
}

export interface Streams {
  readonly items: readonly Stream[];
  readonly viewers: number;
  readonly at: string;
}

export interface StreamsChange {
  readonly changed: readonly Stream[];
  readonly gone: readonly string[];
  readonly viewers: number;
  readonly at: string;
}

export interface Node {
  readonly node: string;
  readonly role: NodeRole;
  readonly health: Health;
  readonly version: string;
  readonly url: string;
  readonly since: string;
  readonly heard_at: string;
  readonly problems: readonly string[];
  readonly numbers: Readonly<Record<string, number>>;
  readonly viewers: number;
  readonly streams: readonly string[];
}

export interface Fleet {
  readonly items: readonly Node[];
  readonly at: string;
}

export interface FleetChange {
  readonly changed: readonly Node[];
  readonly gone: readonly string[];
  readonly at: string;
}

export interface Snapshot {
  readonly streams: Streams;
  readonly fleet: Fleet | null;
}

export interface Touched {
  readonly id: string;
  readonly channel: string;
}

export interface MadeSrt {
  readonly url: string;
  readonly passphrase: string;
}

export interface Member {
  readonly user_id: string;
  readonly name: string;
  readonly role: string;
  readonly since: string;
}


export interface Me {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: Role;
  readonly has_password: boolean;
  readonly second_factor: boolean;
  readonly recovery_codes_left: number;
}

export interface Session {
  readonly user: Me;
  readonly actions: readonly string[];
  readonly every_channel: boolean;
  readonly channels: readonly string[];
  readonly csrf_token: string | null;
  readonly session_id: string | null;
  readonly ends_at: string | null;
}

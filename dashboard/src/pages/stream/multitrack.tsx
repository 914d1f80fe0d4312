// OBS 31 and later encodes every size itself: nothing is transcoded here, and each destination may get a track of its own.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { components } from "../../__generated__/api";
import { api } from "../../api/client";
import { useResource } from "../../api/resource";
import { CopyButton } from "../../components/copy";
import { SelectField } from "../../components/field";
import { HowTo } from "../../components/form-parts";
import { Loaded } from "../../components/state";
import { bitrate } from "../../format";

type Encoder = components["schemas"]["Encoder"];
const UPLOAD = 4 / 3; // of the sum of the bitrates: what a line must carry so that nothing is dropped

const STEPS = [
  "In OBS 31 or newer: Settings → Stream, service “Custom…”, with the server and key above.",
  "Switch on “Enable Multitrack Video”, and leave both maxima on “Auto”.",
  "Switch on “Enable Config Override”, and paste this configuration there.",
];

const ENCODERS: readonly { readonly value: Encoder; readonly label: string }[] = [
  { value: "obs_nvenc_h264_tex", label: "NVIDIA" },
  { value: "h264_texture_amf", label: "AMD" },
  { value: "obs_qsv11_v2", label: "Intel" },
  { value: "obs_x264", label: "Processor (x264)" },
];
const SIZES = ["3840 × 2160", "2560 × 1440", "1920 × 1080", "1280 × 720"];
const RATES = ["30", "50", "60"];
const TRACKS = ["2", "3", "4"];

/** Open only when somebody asks for it: the configuration is asked for then. */
export function Multitrack({ channel }: { readonly channel: string }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <details class="details" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Several sizes at once, made by OBS</summary>
      <div class="details-body">{open && <Configuration channel={channel} />}</div>
    </details>
  );
}

function Configuration({ channel }: { readonly channel: string }): JSX.Element {
  const [chosen, setChosen] = useState({ size: "1920 × 1080", frame_rate: "60", encoder: "obs_nvenc_h264_tex", tracks: "3" });
  const [width, height] = chosen.size.split(" × ").map(Number);
  const query = { width: width ?? 0, height: height ?? 0, frame_rate: Number(chosen.frame_rate), encoder: chosen.encoder as Encoder, tracks: Number(chosen.tracks) };
  const override = useResource(`obs/${channel}?${JSON.stringify(query)}`, (signal) => api.get("/channels/{channel}/obs-multitrack", { path: { channel }, query, signal }));
  const field = (name: keyof typeof chosen, label: string, options: readonly { readonly value: string; readonly label: string }[]): JSX.Element => (
    <SelectField label={label} value={chosen[name]} onChange={(value) => setChosen({ ...chosen, [name]: value })} options={options} />
  );
  return (
    <>
      <div class="pair">
        {field("size", "Canvas in OBS", SIZES.map(plain))}
        {field("frame_rate", "Frame rate", RATES.map((value) => ({ value, label: `${value} fps` })))}
        {field("encoder", "Encoder", ENCODERS)}
        {field("tracks", "Sizes", TRACKS.map(plain))}
      </div>
      <Loaded resource={override}>{(found) => <Made override={found} />}</Loaded>
      <HowTo steps={STEPS} />
      <p class="small faint">
        OBS before spring 2026 shows this for custom servers only when started with <code>--enable-multitrack-video-dev</code>.
      </p>
    </>
  );
}

interface Track {
  readonly height: number;
  readonly settings: { readonly bitrate: number };
}

function Made({ override }: { readonly override: components["schemas"]["ObsOverride"] }): JSX.Element {
  const tracks = (override["encoder_configurations"] ?? []) as readonly Track[];
  const sum = tracks.reduce((all, { settings }) => all + settings.bitrate * 1000, 0);
  return (
    <div class="obs-made">
      <p class="figures">
        {tracks.map(({ height, settings }) => `${height}p at ${bitrate(settings.bitrate * 1000)}`).join(", ")}
        <span class="faint small">Needs an upload of {bitrate(sum * UPLOAD)}.</span>
      </p>
      <CopyButton label="Copy the configuration" value={JSON.stringify(override, null, 2)} />
    </div>
  );
}

function plain(value: string): { value: string; label: string } {
  return { value, label: value };
}

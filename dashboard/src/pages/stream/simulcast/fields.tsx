// The fields that adding and editing a destination share.
import type { JSX } from "preact";
import type { Problem } from "../../../api/problem";
import { type Platform, usePlaces } from "../../../api/simulcast";
import type { Stream } from "../../../api/types";
import { PasswordField, SelectField, TextField } from "../../../components/field";
import { bitrate } from "../../../format";
import { type Draft, OWN } from "./draft";
import { PLACES, secretOf, takes } from "./places";

export interface FieldsProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly problem: Problem | null;
}

export function NameField({ draft, change, problem, first = false }: FieldsProps & { readonly first?: boolean }): JSX.Element {
  return <TextField label="Name" hint="What people here call it." placeholder="Partner’s server" value={draft.name} onChange={(name) => change({ name })} problem={problem?.about("name")} first={first} required maxLength={64} autoComplete="off" />;
}

/** Where it goes, when no account says so. */
export function AddressFields({ draft, change, problem, platform, keeps = false }: FieldsProps & { readonly platform: Platform; readonly keeps?: boolean }): JSX.Element {
  const secret = secretOf(draft.url);
  return (
    <>
      <TextField
        label="Address"
        type="url"
        value={draft.url}
        onChange={(url) => change({ url })}
        problem={problem?.about("url")}
        placeholder={platform === "kick" ? "rtmps://….global-contribute.live-video.net/app" : "rtmp://…, rtmps://…, srt://… or https://… for WHIP"}
        hint={platform === "custom" ? "Without the key: rtmp://, rtmps:// or srt://, or https:// for WHIP." : undefined}
        autoComplete="off"
      />
      <PasswordField label={secret.key} value={draft.key} onChange={(key) => change({ key })} problem={problem?.about("key")} autoComplete="new-password" hint={keeps ? "Leave it empty to keep the one that is set." : PLACES[platform].key || secret.hint} />
    </>
  );
}

export function QualityFields({ draft, change, problem, platform, stream }: FieldsProps & { readonly platform: Platform; readonly stream: Stream | undefined }): JSX.Element {
  const place = usePlaces().data?.find((one) => one.platform === platform);
  return (
    <>
      <SelectField label="Quality" value={draft.quality} onChange={(quality) => change({ quality })} problem={problem?.about("rendition")} hint={place ? takes(place) : ""} options={qualities(stream, draft.quality, platform)} />
      {draft.quality === OWN && <Own draft={draft} change={change} problem={problem} />}
    </>
  );
}

function Own({ draft, change, problem }: FieldsProps): JSX.Element {
  return (
    <div class="pair">
      <SelectField label="Size" value={draft.height} onChange={(height) => change({ height })} options={["2160", "1440", "1080", "720", "480", "360"].map((value) => ({ value, label: `${value}p` }))} />
      <SelectField
        label="Frame rate"
        value={draft.frame_rate}
        onChange={(frame_rate) => change({ frame_rate })}
        options={[
          { value: "0", label: "As the source" },
          { value: "60", label: "60 fps" },
          { value: "30", label: "30 fps" },
        ]}
      />
      <TextField label="Bitrate, kbit/s" type="number" inputMode="numeric" value={draft.kbps} onChange={(kbps) => change({ kbps })} problem={problem?.about("encode/video_bps") ?? problem?.about("encode")} />
    </div>
  );
}

function qualities(stream: Stream | undefined, chosen: string, platform: Platform): { value: string; label: string }[] {
  const best = { value: "", label: platform === "custom" ? "The source" : "The best that it takes" };
  const known = (stream?.renditions ?? []).map(({ name, width, height, bandwidth_bps }) => ({ value: name, label: `${name}: ${width} × ${height}, ${bitrate(bandwidth_bps)}` }));
  const kept = chosen === "" || chosen === OWN || known.some(({ value }) => value === chosen) ? [] : [{ value: chosen, label: chosen }];
  return [best, ...known, ...kept, { value: OWN, label: "An encode of its own" }];
}

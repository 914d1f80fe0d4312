import type { JSX } from "preact";
import { api } from "../../api/client";
import { refresh, useAction } from "../../api/resource";
import { may } from "../../api/session";
import type { Channel, Stream } from "../../api/types";
import { Card } from "../../components/card";
import { Switch } from "../../components/field";
import { Note } from "../../components/state";
import { Since } from "../../components/time";
import { bytes } from "../../format";

export function RecordingSwitch({ channel, stream }: { readonly channel: Channel; readonly stream: Stream | undefined }): JSX.Element {
  const change = useAction(async (recording: boolean) => {
    await api.patch("/channels/{channel}", { path: { channel: channel.name }, version: channel.version, body: { recording } });
    refresh("channels");
  });
  const now = stream?.recording ?? null;
  return (
    <Card>
      <Switch
        label="Recording"
        checked={channel.recording}
        disabled={!may("channels:write") || change.busy}
        onChange={(on) => void change.run(on)}
        hint={
          now === null ? (
            channel.recording ? (
              "Begins with the next picture."
            ) : (
              "What goes on the air now is not kept."
            )
          ) : (
            <span class="recording-now">
              <span class="rec" /> <Since at={now.started_at} /> · {bytes(now.size_bytes)}
            </span>
          )
        }
      />
      {stream?.recording_trouble && <Note tone="bad">{stream.recording_trouble}</Note>}
      {change.problem && <Note tone="bad">{change.problem.detail}</Note>}
    </Card>
  );
}

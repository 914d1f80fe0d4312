import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Reply } from "../../api/client";
import { refresh } from "../../api/resource";
import { may } from "../../api/session";
import { Badge } from "../../components/badge";
import { Button, LinkButton } from "../../components/button";
import { Card } from "../../components/card";
import { Confirm } from "../../components/dialog";
import { Note } from "../../components/state";
import { Moment } from "../../components/time";
import { toast } from "../../components/toasts";
import { bytes, span } from "../../format";
import { RecordingPlayer } from "./player";

export type Recording = Reply<"/recordings/{recording_id}", "get">;

export function RecordingCard({ recording, title }: { readonly recording: Recording; readonly title: string }): JSX.Element {
  const [deleting, setDeleting] = useState(false);
  const { complete, available, duration_ms, size_bytes, started_at } = recording;
  return (
    <Card title={title} aside={complete ? undefined : <Badge tone="bad">Recording</Badge>} flush>
      {available ? (
        <RecordingPlayer recording={recording} />
      ) : (
        <div class="recording-line">
          <Note tone="unsteady">The origin that holds this recording does not answer. It is still there; try again later.</Note>
        </div>
      )}
      <div class="recording-line row between">
        <p class="soft">
          {span(duration_ms)} · {bytes(size_bytes)} · <Moment at={started_at} />
        </p>
        <div class="row">
          <Downloads recording={recording} />
          {may("recordings:write") && complete && (
            <Button icon="trash" look="danger" onClick={() => setDeleting(true)}>
              Delete
            </Button>
          )}
        </div>
      </div>
      {deleting && <Deletion recording={recording} onClose={() => setDeleting(false)} />}
    </Card>
  );
}

/** Several files when the picture's size or the codec changed on the way. */
function Downloads({ recording: { downloads, complete, available } }: { readonly recording: Recording }): JSX.Element | null {
  if (!complete || !available) return null;
  return (
    <>
      {downloads.map((href, index) => (
        <LinkButton key={href} icon="download" href={href} download>
          {downloads.length === 1 ? "Download" : `Download part ${index + 1}`}
        </LinkButton>
      ))}
    </>
  );
}

function Deletion({ recording, onClose }: { readonly recording: Recording; readonly onClose: () => void }): JSX.Element {
  const remove = async (): Promise<void> => {
    await api.delete("/recordings/{recording_id}", { path: { recording_id: recording.id } });
    toast("The recording is deleted.");
    refresh("recordings", "broadcasts");
  };
  return (
    <Confirm title="Delete this recording?" action="Delete" onConfirm={remove} onClose={onClose}>
      {span(recording.duration_ms)} of video, {bytes(recording.size_bytes)}, are removed from the disk. There is no way back.
    </Confirm>
  );
}

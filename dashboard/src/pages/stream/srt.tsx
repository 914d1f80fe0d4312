import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { refresh, useAction } from "../../api/resource";
import { may } from "../../api/session";
import type { Channel, MadeSrt } from "../../api/types";
import { Button } from "../../components/button";
import { CopyField } from "../../components/copy";
import { Note } from "../../components/state";

/** SRT has no key field: the passphrase stands in the address, and is shown once. */
export function Srt({ channel, address }: { readonly channel: Channel; readonly address: string | null }): JSX.Element {
  const [made, setMade] = useState<MadeSrt | null>(null);
  const make = useAction(async () => {
    setMade(await api.post("/channels/{channel}/srt", { path: { channel: channel.name }, body: { disconnect: false } }));
    refresh("channels", "addresses");
  });
  const stop = useAction(async () => {
    await api.delete("/channels/{channel}/srt", { path: { channel: channel.name } });
    setMade(null);
    refresh("channels", "addresses");
  });
  const problem = make.problem ?? stop.problem;
  return (
    <div class="stack gap-3">
      {made ? (
        <>
          <CopyField label="SRT address" value={made.url} secret />
          <Note tone="accent" icon="key">
            Copy the address now: its passphrase is shown once.
          </Note>
        </>
      ) : address === null ? (
        <p class="soft">SRT holds up better than RTMP on poor networks. It needs a passphrase of its own.</p>
      ) : (
        <>
          <CopyField label="SRT address" value={address} />
          <p class="small faint">Add your passphrase to it: ?passphrase=… It was shown once; a new one can be made.</p>
        </>
      )}
      {problem && <Note tone="bad">{problem.detail}</Note>}
      {may("keys:write") && (
        <div class="row">
          <Button size="small" icon={channel.srt ? "rotate" : "plus"} busy={make.busy} onClick={() => void make.run()}>
            {channel.srt ? "New passphrase" : "Make a passphrase"}
          </Button>
          {channel.srt && (
            <Button size="small" look="quiet" busy={stop.busy} onClick={() => void stop.run()}>
              Turn SRT off
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

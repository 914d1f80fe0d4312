// OBS 31 and later encodes every size itself: nothing is transcoded here, and each destination may get a track of its own.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { useAction } from "../../api/resource";
import { Button } from "../../components/button";
import { CopyButton } from "../../components/copy";
import { Details, HowTo } from "../../components/form-parts";
import { Note } from "../../components/state";

const STEPS = [
  "In OBS 31 or newer: Settings → Stream, service “Custom”, with the server and key above.",
  "Tick “Enable multitrack video” and “Enable config override (JSON)”.",
  "Paste this configuration into the box, and go live.",
];

export function Multitrack({ channel }: { readonly channel: string }): JSX.Element {
  const [text, setText] = useState<string | null>(null);
  const make = useAction(async () => setText(JSON.stringify(await call("GET", `/channels/${channel}/obs-multitrack`), null, 2)));
  return (
    <Details summary="Several sizes at once, made by OBS">
      <HowTo steps={STEPS} />
      {text === null ? (
        <div class="row">
          <Button size="small" busy={make.busy} onClick={() => void make.run()}>
            Make the configuration
          </Button>
        </div>
      ) : (
        <>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls can be scrolled with the keyboard */}
          <pre class="obs-config" tabIndex={0} aria-label="Configuration">{text}</pre>
          <div class="row">
            <CopyButton label="Copy the configuration" value={text} />
          </div>
        </>
      )}
      {make.problem && <Note tone="bad">{make.problem.detail}</Note>}
      <p class="small faint">Your computer encodes every size, and viewers get them as they are: a graphics card with a hardware encoder is needed.</p>
    </Details>
  );
}

// What people say on all platforms, in one place that only those who run the stream see.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../../api/client";
import { useAction, useResource } from "../../../api/resource";
import { may } from "../../../api/session";
import { type AccountPlatform, type ChatEntry, type ChatLog, useDestinations } from "../../../api/simulcast";
import { Button } from "../../../components/button";
import { Card } from "../../../components/card";
import { Form } from "../../../components/field";
import { PlatformMark, PLATFORMS } from "../../../components/platform";
import { Loaded, Note } from "../../../components/state";
import { chatOf } from "../../../live/chat";

const NEAR_END_PX = 40;

/** Only where an account listens. */
export function Chat({ channel }: { readonly channel: string }): JSX.Element | null {
  const platforms = [...new Set((useDestinations(channel).data ?? []).filter(({ account_id }) => account_id !== null).map(({ platform }) => platform))] as AccountPlatform[];
  const shown = platforms.length > 0 && may("chat:read");
  const log = useResource(shown ? `chat/${channel}` : null, (signal) => api.get("/channels/{channel}/chat", { path: { channel }, signal }));
  if (!shown) return null;
  return (
    <Card title="Chat" flush>
      <Loaded resource={log}>{(known) => <Heard log={chatOf(channel, known)} />}</Loaded>
      {may("chat:write") && <Say channel={channel} platforms={platforms} />}
    </Card>
  );
}

function Heard({ log }: { readonly log: ChatLog }): JSX.Element {
  return (
    <>
      {log.troubles.map(({ platform, text }) => (
        <div key={platform} class="chat-trouble">
          <Note tone="unsteady">{text}</Note>
        </div>
      ))}
      <Lines lines={log.items} />
    </>
  );
}

/** Follows the newest line, unless somebody reads further up. */
function Lines({ lines }: { readonly lines: readonly ChatEntry[] }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const last = lines.at(-1)?.number;
  const toEnd = (): void => box.current?.scrollTo({ top: box.current.scrollHeight });
  useEffect(() => {
    if (!away) toEnd();
  }, [last, away]);
  const look = (): void => {
    const at = box.current;
    if (at) setAway(at.scrollHeight - at.scrollTop - at.clientHeight > NEAR_END_PX);
  };
  return (
    <div class="chat">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls can be scrolled with the keyboard */}
      <div ref={box} class="chat-lines" role="log" aria-label="Chat" tabIndex={0} onScroll={look}>
        {lines.length === 0 && <p class="soft small">Nobody has said anything yet. What people write on the platforms appears here, for this room only.</p>}
        {lines.map((line) => (
          <Line key={`${line.number} ${line.at}`} line={line} />
        ))}
      </div>
      {away && (
        <button type="button" class="chat-newest" onClick={() => setAway(false)}>
          Newest
        </button>
      )}
    </div>
  );
}

function Line({ line }: { readonly line: ChatEntry }): JSX.Element {
  return (
    <p class={`chat-line${line.removed ? " removed" : ""}`}>
      <PlatformMark platform={line.platform} small />
      <span>
        <span class="unseen">{PLATFORMS[line.platform].name}: </span>
        <strong>{line.author}</strong>
        {[...line.badges, ...(line.paid ? [line.paid] : [])].map((badge) => (
          <span key={badge} class="chat-badge">
            {badge}
          </span>
        ))}{" "}
        {line.reply_to && <span class="faint">to {line.reply_to}: </span>}
        {line.removed ? <span class="faint">removed by a moderator</span> : line.text}
      </span>
    </p>
  );
}

const EVERYWHERE = "";

function Say({ channel, platforms }: { readonly channel: string; readonly platforms: readonly AccountPlatform[] }): JSX.Element {
  const [text, setText] = useState("");
  const [to, setTo] = useState<AccountPlatform | typeof EVERYWHERE>(EVERYWHERE);
  const [refused, setRefused] = useState("");
  const say = useAction(async () => {
    const { said } = await api.post("/channels/{channel}/chat", { path: { channel }, body: { text: text.trim(), platforms: to === EVERYWHERE ? [] : [to] } });
    const failed = said.filter(({ ok }) => !ok);
    setRefused(failed.map((one) => `${PLATFORMS[one.platform].name}: ${one.text}`).join(" "));
    if (failed.length < said.length) setText("");
  });
  const trouble = say.problem?.detail ?? refused;
  return (
    <div class="chat-say">
      <Form label="Say something" onSubmit={() => void say.run()}>
        <div class="row stay gap-2">
          <input class="input grow" aria-label="Message" placeholder={to === EVERYWHERE ? "Say something everywhere" : `Say something on ${PLATFORMS[to].name}`} value={text} maxLength={500} autoComplete="off" onInput={(event) => setText(event.currentTarget.value)} />
          <Button type="submit" icon="send" busy={say.busy} disabled={text.trim() === ""}>
            Send
          </Button>
        </div>
        {platforms.length > 1 && (
          <fieldset class="chat-to">
            <legend class="unseen">Where</legend>
            {[EVERYWHERE, ...platforms].map((one) => (
              <label key={one}>
                <input type="radio" name={`chat-to-${channel}`} checked={to === one} onChange={() => setTo(one as AccountPlatform)} />
                <span>{one === EVERYWHERE ? "Everywhere" : PLATFORMS[one as AccountPlatform].name}</span>
              </label>
            ))}
          </fieldset>
        )}
      </Form>
      {trouble && <Note tone="bad">{trouble}</Note>}
    </div>
  );
}

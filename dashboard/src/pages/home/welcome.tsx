// The home of a network without channels: what to do first, and what comes then.
import type { JSX } from "preact";
import { may, session } from "../../api/session";
import { Empty } from "../../components/state";
import { ChannelForm } from "./new-channel";

const STEPS = [
  ["Create a channel", "Each channel has its own address for viewers and its own stream keys."],
  ["Point your encoder at it", "Copy the server and the key into OBS, ffmpeg or any RTMP or SRT encoder."],
  ["Go live", "The picture appears here about half a second behind the camera."],
] as const;

export function Welcome(): JSX.Element {
  if (!may("channels:manage"))
    return (
      <Empty icon="live" title="No channel is yours yet">
        Ask an administrator to add you to a channel; it will appear here by itself.
      </Empty>
    );
  return (
    <div class="welcome">
      <header class="stack gap-2">
        <h1 tabIndex={-1}>Let’s get you on the air{session.value && `, ${session.value.user.name}`}</h1>
        <p class="soft">Three steps, about two minutes.</p>
      </header>
      <ol class="steps">
        {STEPS.map(([title, text], index) => (
          <li key={title} class={index === 0 ? "now" : ""} aria-current={index === 0 ? "step" : undefined}>
            <span class="step-number" aria-hidden="true">
              {index + 1}
            </span>
            <div class="stack gap-3">
              <div>
                <h2>{title}</h2>
                <p class="soft">{text}</p>
              </div>
              {index === 0 && <ChannelForm action="Create channel" />}
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

// Plays a recording, also while it grows: HLS over byte ranges, so that seeking fetches only what is watched.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Note } from "../../components/state";
import type { Recording } from "./recording";

export function RecordingPlayer({ recording: { playlist, channel } }: { readonly recording: Recording }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let stop: (() => void) | undefined;
    let left = false;
    setProblem("");
    void import("./playback").then(({ play }) => {
      if (!left && video.current !== null) stop = play(video.current, playlist, setProblem);
    });
    return () => {
      left = true;
      stop?.();
    };
  }, [playlist]);
  return (
    <>
      <video ref={video} class="recording-video" controls playsInline preload="metadata" aria-label={`Recording of ${channel}`} />
      {problem && (
        <div class="recording-line">
          <Note tone="bad">{problem}</Note>
        </div>
      )}
    </>
  );
}

// Loaded only when there is a recording to play: hls.js is larger than all other pages together.
import Hls from "hls.js/light";

/** Play until the returned function is called; `failed` gets a sentence when it cannot go on. */
export function play(video: HTMLVideoElement, playlist: string, failed: (why: string) => void): () => void {
  if (!Hls.isSupported()) {
    video.src = playlist; // a browser without Media Source Extensions plays HLS itself
    return () => video.removeAttribute("src");
  }
  const hls = new Hls({ enableWorker: false, startPosition: 0 });
  let recovered = false;
  hls.on(Hls.Events.ERROR, (_, { fatal, type, details }) => {
    if (!fatal) return;
    if (type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true;
      hls.recoverMediaError();
    } else failed(`The recording cannot be played (${details}). Reload the page to try again, or download it.`);
  });
  hls.loadSource(playlist);
  hls.attachMedia(video);
  return () => hls.destroy();
}

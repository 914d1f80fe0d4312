// Starting playback with the sound the browser allows, and remembering the viewer's volume.

const KEY = "manycast.volume";

export async function play(video: HTMLVideoElement, silenced: () => void): Promise<void> {
  try {
    await video.play();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError" || video.muted) return;
    video.muted = true;
    silenced();
    await video.play().catch(() => undefined); // the play button is still there
  }
}

export function remembered(): number {
  const volume = Number(stored() ?? 1);
  return volume >= 0 && volume <= 1 ? volume : 1;
}

export function remember(volume: number): void {
  try {
    localStorage.setItem(KEY, String(volume));
  } catch {
    // A browser that keeps nothing still plays.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

// Keeps the last frame on screen while the player behind it is built again.

export class Still {
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly canvas: HTMLCanvasElement,
  ) {
    const uncover = (): void => {
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) canvas.hidden = true;
    };
    video.addEventListener("playing", uncover);
  }

  hold(): void {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth === 0 || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    this.canvas.width = videoWidth;
    this.canvas.height = videoHeight;
    this.canvas.getContext("2d")?.drawImage(this.video, 0, 0);
    this.canvas.hidden = false;
  }
}

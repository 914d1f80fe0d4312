// The buttons under the picture and their keys; what they mean is up to the page.
import { element } from "./dom";
import { remember, remembered } from "./sound";
import { label, type Rendition } from "./status";

export interface Wishes {
  togglePlay(): void;
  goLive(): void;
  seek(by_s: number): void;
  quality(name: string | null): void;
  mode(mode: "low" | "ultra"): void;
}

const IDLE_MS = 2500; // the controls leave the picture alone after this
const VOLUME_STEP = 0.1;
const SEEK_S = 5;

export class Controls {
  private readonly stage = element("stage", HTMLElement);
  private readonly video = element("video", HTMLVideoElement);
  private readonly play = element("play", HTMLButtonElement);
  private readonly mute = element("mute", HTMLButtonElement);
  private readonly volume = element("volume", HTMLInputElement);
  private readonly live = element("live", HTMLButtonElement);
  private readonly liveText = element("live-text", HTMLElement);
  private readonly delay = element("delay", HTMLElement);
  private readonly quality = element("quality", HTMLSelectElement);
  private readonly picture = element("picture", HTMLButtonElement);
  private readonly full = element("full", HTMLButtonElement);
  private readonly unmute = element("unmute", HTMLButtonElement);
  private readonly modes = element("modes", HTMLFieldSetElement);
  private idle: ReturnType<typeof setTimeout> | undefined;
  private offered = "";

  constructor(private readonly wishes: Wishes) {
    this.video.volume = remembered();
    this.playback();
    this.sound();
    this.screen();
    this.choices();
    document.addEventListener("keydown", (event) => this.onKey(event));
    for (const kind of ["pointermove", "pointerdown", "keydown", "focusin"])
      this.stage.addEventListener(kind, () => this.wake());
    this.wake();
  }

  /** The browser allowed playback only without sound. */
  silenced(): void {
    this.unmute.hidden = false;
  }

  showDelay(delay_s: number | null, atLive: boolean): void {
    this.liveText.textContent = atLive || delay_s === null ? "LIVE" : "GO LIVE";
    this.live.classList.toggle("behind", !atLive);
    this.live.setAttribute("aria-label", atLive ? "Live" : "Go to live");
    this.delay.textContent = delay_s === null ? "" : `${delay_s.toFixed(delay_s < 10 ? 1 : 0)} s`;
  }

  showMode(mode: string): void {
    for (const input of this.modes.querySelectorAll("input")) input.checked = input.value === mode;
  }

  /** Offer these renditions; `auto` when the player can choose by itself. */
  offer(renditions: readonly Rendition[], auto: boolean, chosen: string | null): void {
    const key = JSON.stringify([renditions, auto]);
    if (key !== this.offered) {
      this.offered = key;
      const options = renditions.map((rendition) => new Option(label(rendition), rendition.name));
      this.quality.replaceChildren(...(auto ? [new Option("Auto", "")] : []), ...options);
      this.quality.disabled = renditions.length === 0;
    }
    if (this.quality !== document.activeElement) this.quality.value = chosen ?? "";
  }

  private playback(): void {
    this.play.addEventListener("click", () => this.wishes.togglePlay());
    this.video.addEventListener("click", () => {
      if (matchMedia("(pointer: fine)").matches) this.wishes.togglePlay();
    });
    this.live.addEventListener("click", () => this.wishes.goLive());
    for (const kind of ["play", "pause"])
      this.video.addEventListener(kind, () => {
        this.play.classList.toggle("off", this.video.paused);
        this.play.setAttribute("aria-label", this.video.paused ? "Play" : "Pause");
        this.wake();
      });
  }

  private sound(): void {
    const toggle = (): void => this.toggleMute();
    this.mute.addEventListener("click", toggle);
    this.unmute.addEventListener("click", toggle);
    this.volume.addEventListener("input", () => this.setVolume(Number(this.volume.value)));
    const show = (): void => {
      const silent = this.video.muted || this.video.volume === 0;
      this.mute.classList.toggle("off", silent);
      this.mute.setAttribute("aria-label", silent ? "Unmute" : "Mute");
      this.volume.value = String(silent ? 0 : this.video.volume);
      if (!silent) this.unmute.hidden = true;
    };
    this.video.addEventListener("volumechange", show);
    show();
  }

  private screen(): void {
    this.full.addEventListener("click", () => void this.toggleFull());
    this.picture.hidden = !document.pictureInPictureEnabled;
    this.picture.addEventListener("click", () => void this.togglePicture());
    document.addEventListener("fullscreenchange", () =>
      this.full.setAttribute("aria-label", document.fullscreenElement ? "Leave full screen" : "Full screen"),
    );
  }

  private choices(): void {
    this.quality.addEventListener("change", () => this.wishes.quality(this.quality.value || null));
    this.modes.addEventListener("change", (event) => {
      if (event.target instanceof HTMLInputElement) this.wishes.mode(event.target.value === "ultra" ? "ultra" : "low");
    });
  }

  private toggleMute(): void {
    if (this.video.volume === 0) this.setVolume(0.5);
    else this.video.muted = !this.video.muted;
  }

  private setVolume(volume: number): void {
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.video.muted = this.video.volume === 0;
    remember(this.video.volume);
  }

  private async toggleFull(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (document.fullscreenEnabled) await this.stage.requestFullscreen();
    else (this.video as { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.(); // iPhone: only the video
  }

  private async togglePicture(): Promise<void> {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await this.video.requestPictureInPicture().catch(() => undefined); // refused before the first frame
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target instanceof HTMLSelectElement || target instanceof HTMLInputElement) return;
    if (target instanceof HTMLElement && event.key === " " && target.closest("button, a")) return;
    const action = this.keys()[event.key.toLowerCase()];
    if (action === undefined) return;
    event.preventDefault();
    action();
    this.wake();
  }

  private keys(): Record<string, () => void> {
    return {
      " ": () => this.wishes.togglePlay(),
      k: () => this.wishes.togglePlay(),
      m: () => this.toggleMute(),
      f: () => void this.toggleFull(),
      l: () => this.wishes.goLive(),
      arrowleft: () => this.wishes.seek(-SEEK_S),
      arrowright: () => this.wishes.seek(SEEK_S),
      arrowup: () => this.setVolume(this.video.volume + VOLUME_STEP),
      arrowdown: () => this.setVolume(this.video.volume - VOLUME_STEP),
    };
  }

  private wake(): void {
    this.stage.classList.remove("idle");
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      if (!this.video.paused && !this.stage.querySelector(".controls :focus-visible")) this.stage.classList.add("idle");
    }, IDLE_MS);
  }
}

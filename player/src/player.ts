// What the watch page asks of a player, whichever way the media comes.

export type Mode = "low" | "ultra" | "stock" | "native";

export interface Player {
  readonly mode: Mode;
  /** Wall-clock time of the picture on screen, by the broadcaster's timeline; null while unknown. */
  wall_ms(): number | null;
  /** Name of the rendition on screen; null while unknown. */
  rendition(): string | null;
  /** Play one rendition by name; null leaves the choice to the player. */
  choose(name: string | null): void;
  goLive(): void;
  destroy(): void;
}

export interface Events {
  /** The player gave up and must be built again. */
  broken(reason: string): void;
  /** This browser can never play this stream this way. */
  impossible(reason: string): void;
}

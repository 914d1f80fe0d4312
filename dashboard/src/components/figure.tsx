// Numbers that live: a figure with its unit, and a line of how it came to be.
import type { ComponentChildren, JSX } from "preact";
import type { Tone } from "./state";
import "./figure.css";

export interface FigureProps {
  readonly label: string;
  readonly value: ComponentChildren;
  readonly unit?: string;
  readonly tone?: Tone;
  /** Under the number: what would be right, or what it means. */
  readonly about?: ComponentChildren;
  readonly history?: readonly number[];
}

export function Figure({ label, value, unit, tone = "plain", about, history }: FigureProps): JSX.Element {
  return (
    <div class={`figure tone-${tone}`}>
      <dt>{label}</dt>
      <dd>
        <span class="figure-value">{value}</span>
        {unit && <span class="figure-unit"> {unit}</span>}
        {about && <span class="figure-about">{about}</span>}
      </dd>
      {history && <Sparkline values={history} />}
    </div>
  );
}

export function Figures({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <dl class="figure-grid">{children}</dl>;
}

const WIDTH = 100;
const HEIGHT = 28;
const ROOM_MIN = 12; // the first values are not stretched to a drama

export interface SparklineProps {
  readonly values: readonly number[];
  /** How many values fill the width; while there are fewer they share it. */
  readonly room?: number;
}

/** Decoration beside a number that says the same in words. */
export function Sparkline({ values, room = 120 }: SparklineProps): JSX.Element {
  const points = line(values, Math.min(room, Math.max(values.length, ROOM_MIN)));
  const [first] = points;
  const area = first === undefined ? "" : `M${first[0]} ${HEIGHT}L${points.map(([x, y]) => `${x} ${y}`).join("L")}L${WIDTH} ${HEIGHT}Z`;
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="sparkline-area" d={area} />
      <path class="sparkline-line" d={points.length < 2 ? "" : `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`} />
    </svg>
  );
}

/** Points of a line that ends at the right edge; zero is the floor, so that small wobbles look small. */
export function line(values: readonly number[], room: number): readonly (readonly [number, number])[] {
  const shown = values.slice(-room);
  const top = Math.max(...shown, 1e-9) * 1.15;
  const step = WIDTH / Math.max(1, room - 1);
  return shown.map((value, index) => [round(WIDTH - (shown.length - 1 - index) * step), round(HEIGHT - (Math.max(0, value) / top) * (HEIGHT - 2) - 1)]);
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}

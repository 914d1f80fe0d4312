import type { JSX } from "preact";
import type { Stream } from "../../../api/types";
import { PLATFORMS } from "../../../components/platform";
import { count, list, plural } from "../../../format";
import { audiences, watching } from "../../../live/destinations";

/** Our own viewers and those of the platforms, summed and one by one. */
export function Watching({ stream }: { readonly stream: Stream }): JSX.Element {
  const elsewhere = audiences(stream.destinations);
  const sum = watching(stream);
  if (sum === 0) return <>nobody watching yet</>;
  const parts = [`${count(stream.viewers)} here`, ...elsewhere.map(({ platform, viewers }) => `${count(viewers)} on ${PLATFORMS[platform].name}`)];
  return (
    <>
      {plural(sum, "person watching", "people watching")}
      {elsewhere.length > 0 && `: ${list(parts)}`}
    </>
  );
}

// A recent picture of a stream, changed only when the next one has come.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useAddresses } from "../api/channels";

const EVERY_MS = 5000; // the origin makes no new picture sooner

export function Snapshot({ channel }: { readonly channel: string }): JSX.Element {
  const addresses = useAddresses(channel).data;
  const base = addresses?.playlist.replace(/index\.m3u8$/, "snapshot.jpg");
  const [shown, setShown] = useState<string | null>(null);
  useEffect(() => {
    if (base === undefined) return undefined;
    const next = (): void => {
      if (document.hidden) return;
      const picture = new Image();
      picture.addEventListener("load", () => setShown(picture.src));
      picture.src = `${base}?${Math.floor(Date.now() / EVERY_MS)}`;
    };
    next();
    const timer = setInterval(next, EVERY_MS);
    return () => clearInterval(timer);
  }, [base]);
  return <span class="snapshot">{shown !== null && <img src={shown} alt="" />}</span>;
}

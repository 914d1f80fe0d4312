import { useEffect } from "preact/hooks";

/** What the tab says while this page is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "manycast" : `${title} · manycast`;
  }, [title]);
}

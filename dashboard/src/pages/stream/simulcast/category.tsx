// One platform's category: typed, and chosen among what the platform knows.
import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { api } from "../../../api/client";
import type { AccountPlatform, Category } from "../../../api/simulcast";
import { Field } from "../../../components/field";
import { PLATFORMS } from "../../../components/platform";

const TYPING_MS = 250;

interface CategoryProps {
  readonly platform: AccountPlatform;
  readonly channel: string;
  readonly value: Category | null;
  readonly onChange: (category: Category | null) => void;
}

export function CategoryField({ platform, channel, value, onChange }: CategoryProps): JSX.Element {
  const [words, setWords] = useState(value?.name ?? "");
  const { found, trouble } = useSuggestions(platform, channel, words === value?.name ? "" : words);
  const id = useId();
  const type = (text: string): void => {
    setWords(text);
    onChange(text === "" ? null : (found.find(({ name }) => name.toLowerCase() === text.toLowerCase()) ?? value));
  };
  useEffect(() => {
    const same = found.find(({ name }) => name.toLowerCase() === words.toLowerCase());
    if (same && same.id !== value?.id) onChange(same);
  }, [found]);
  const unknown = words !== "" && value?.name.toLowerCase() !== words.toLowerCase();
  return (
    <Field label={`Category on ${PLATFORMS[platform].name}`} problem={trouble} hint={unknown ? "Choose one that it suggests." : undefined}>
      {(joined) => (
        <>
          <input {...joined} class="input" type="search" list={id} value={words} spellcheck={false} autoComplete="off" onInput={(event) => type(event.currentTarget.value)} />
          <datalist id={id}>
            {found.map(({ id: one, name }) => (
              <option key={one} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

interface Suggestions {
  readonly found: readonly Category[];
  readonly trouble: string | undefined;
}

function useSuggestions(platform: AccountPlatform, channel: string, words: string): Suggestions {
  const [state, setState] = useState<Suggestions>({ found: [], trouble: undefined });
  useEffect(() => {
    if (words.trim().length < 2) return undefined;
    const mine = new AbortController();
    const timer = setTimeout(
      () =>
        api.get("/channels/{channel}/categories", { path: { channel }, query: { platform, q: words.trim() }, signal: mine.signal }).then(
          ({ items }) => setState({ found: items, trouble: undefined }),
          (error: unknown) => mine.signal.aborted || setState({ found: [], trouble: error instanceof Error ? error.message : String(error) }),
        ),
      TYPING_MS,
    );
    return () => {
      clearTimeout(timer);
      mine.abort();
    };
  }, [platform, channel, words]);
  return state;
}

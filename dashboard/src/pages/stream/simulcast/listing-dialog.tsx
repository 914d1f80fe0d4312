import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../../api/client";
import { refresh, useAction } from "../../../api/resource";
import type { AccountPlatform, Exceptions, Listing, Taken } from "../../../api/simulcast";
import { Button } from "../../../components/button";
import { Dialog } from "../../../components/dialog";
import { Field, Form, FormButtons, TextField } from "../../../components/field";
import { Details } from "../../../components/form-parts";
import { PlatformMark, PLATFORMS } from "../../../components/platform";
import { Note } from "../../../components/state";
import { toast } from "../../../components/toasts";
import { list } from "../../../format";
import { CategoryField } from "./category";

interface DialogProps {
  readonly channel: string;
  readonly listing: Listing;
  readonly platforms: readonly AccountPlatform[];
  readonly onClose: () => void;
}

interface Draft {
  readonly title: string;
  readonly description: string;
  readonly tags: string;
  readonly platforms: Listing["platforms"];
}

const TITLE_MAX = 140;

export function ListingDialog({ channel, listing, platforms, onClose }: DialogProps): JSX.Element {
  const [draft, setDraft] = useState<Draft>(() => ({ title: listing.title, description: listing.description, tags: listing.tags.join(", "), platforms: listing.platforms }));
  const [taken, setTaken] = useState<readonly Taken[]>([]);
  const [version, setVersion] = useState(listing.version);
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const except = (platform: AccountPlatform, part: Partial<Exceptions>): void => change({ platforms: { ...draft.platforms, [platform]: { ...draft.platforms[platform], ...part } } });
  const save = useAction(async () => {
    const body = { ...draft, title: draft.title.trim(), tags: tagsOf(draft.tags) };
    const answer = await api.put("/channels/{channel}/listing", { path: { channel }, version, body });
    setVersion(answer.listing.version);
    refresh("listings");
    setTaken(answer.taken);
    if (answer.taken.some(({ text }) => text !== "")) return;
    toast(`Changed on ${list([...new Set(answer.taken.map(({ platform }) => PLATFORMS[platform].name))])}.`);
    onClose();
  });
  const fields = { draft, change, except, platforms };
  return (
    <Dialog title="Title and category" onClose={onClose}>
      <Form onSubmit={() => void save.run()} problem={save.problem}>
        <How taken={taken} />
        <TextField label="Title" value={draft.title} onChange={(title) => change({ title })} problem={save.problem?.about("title")} first maxLength={TITLE_MAX} autoComplete="off" hint="Shown wherever this stream goes. Left empty, each platform keeps its own." />
        {platforms.map((platform) => (
          <CategoryField key={platform} platform={platform} channel={channel} value={draft.platforms[platform].category ?? null} onChange={(category) => except(platform, { category })} />
        ))}
        <TextField label="Tags" value={draft.tags} onChange={(tags) => change({ tags })} problem={save.problem?.about("tags")} hint="With commas between them." autoComplete="off" />
        {platforms.includes("youtube") && <Description {...fields} />}
        <Titles {...fields} />
        <FormButtons>
          <Button onClick={onClose}>{taken.length > 0 ? "Close" : "Cancel"}</Button>
          <Button type="submit" look="primary" busy={save.busy}>
            Change everywhere
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly platforms: readonly AccountPlatform[];
  readonly change: (part: Partial<Draft>) => void;
  readonly except: (platform: AccountPlatform, part: Partial<Exceptions>) => void;
}

function Description({ draft, change }: FieldsProps): JSX.Element {
  return (
    <Field label="Description" hint="Only YouTube has one.">
      {(joined) => <textarea {...joined} class="input" rows={3} value={draft.description} maxLength={5000} onInput={(event) => change({ description: event.currentTarget.value })} />}
    </Field>
  );
}

function Titles({ draft, platforms, except }: FieldsProps): JSX.Element | null {
  const [open] = useState(platforms.some((platform) => draft.platforms[platform].title));
  if (platforms.length < 2) return null;
  return (
    <Details summary="Another title on one platform" open={open}>
      {platforms.map((platform) => (
        <TextField
          key={platform}
          label={`Title on ${PLATFORMS[platform].name}`}
          value={draft.platforms[platform].title ?? ""}
          onChange={(title) => except(platform, { title: title || null })}
          placeholder={draft.title || "As everywhere"}
          maxLength={TITLE_MAX}
          autoComplete="off"
        />
      ))}
    </Details>
  );
}

/** How each platform took it, when one of them had something to say. */
function How({ taken }: { readonly taken: readonly Taken[] }): JSX.Element | null {
  const box = useRef<HTMLUListElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: "center" }), [taken]);
  if (taken.every(({ text }) => text === "")) return null;
  return (
    <ul ref={box} class="stack gap-2" role="status">
      {taken.map(({ account_id, platform, name, ok, text }) => (
        <li key={account_id}>
          <Note tone={ok ? (text ? "unsteady" : "good") : "bad"}>
            <span class="row stay gap-2">
              <PlatformMark platform={platform} small />
              <span>
                <strong>{name}:</strong> {text || "changed."}
              </span>
            </span>
          </Note>
        </li>
      ))}
    </ul>
  );
}

function tagsOf(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
}

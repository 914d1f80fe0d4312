import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call } from "../../../api/client";
import { refresh, useAction } from "../../../api/resource";
import type { AccountPlatform, Applied, Destination, Listing } from "../../../api/simulcast";
import { Button } from "../../../components/button";
import { Dialog } from "../../../components/dialog";
import { Form, FormButtons, TextField } from "../../../components/field";
import { Details } from "../../../components/form-parts";
import { PlatformMark, PLATFORMS } from "../../../components/platform";
import { Note } from "../../../components/state";
import { toast } from "../../../components/toasts";
import { list } from "../../../format";
import { CategoryField } from "./category";

interface DialogProps {
  readonly channel: string;
  readonly listing: Listing;
  readonly destinations: readonly Destination[];
  readonly onClose: () => void;
}

interface Draft {
  readonly title: string;
  readonly tags: string;
  readonly categories: Listing["categories"];
  /** Titles of their own, by destination; empty: as everywhere. */
  readonly titles: Readonly<Record<string, string>>;
}

export function ListingDialog({ channel, listing, destinations, onClose }: DialogProps): JSX.Element {
  const [draft, setDraft] = useState<Draft>(() => begun(listing, destinations));
  const [applied, setApplied] = useState<readonly Applied[]>([]);
  const [version, setVersion] = useState(listing.version);
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const save = useAction(async () => {
    await Promise.all(destinations.filter((one) => (draft.titles[one.id] ?? "") !== (one.exceptions.title ?? "")).map((one) => except(channel, one, draft.titles[one.id] ?? "")));
    const body = { title: draft.title.trim(), description: listing.description, tags: tagsOf(draft.tags), categories: draft.categories };
    const answer = await call<{ listing: Listing; applied: readonly Applied[] }>("PUT", `/channels/${channel}/listing`, { version, body });
    setVersion(answer.listing.version);
    refresh("listings", "destinations");
    setApplied(answer.applied);
    if (answer.applied.some(({ ok }) => !ok)) return;
    toast(answer.applied.length === 0 ? "Saved." : `Changed on ${list([...new Set(answer.applied.map(({ platform }) => PLATFORMS[platform].name))])}.`);
    onClose();
  });
  return (
    <Dialog title="Title and category" onClose={onClose}>
      <Form onSubmit={() => void save.run()} problem={save.problem}>
        <TextField label="Title" value={draft.title} onChange={(title) => change({ title })} problem={save.problem?.about("title")} first maxLength={140} autoComplete="off" hint="Shown wherever this stream goes." />
        {platformsOf(destinations).map((platform) => (
          <CategoryField key={platform} platform={platform} channel={channel} value={draft.categories[platform] ?? null} onChange={(category) => change({ categories: { ...draft.categories, [platform]: category } })} />
        ))}
        <TextField label="Tags" value={draft.tags} onChange={(tags) => change({ tags })} problem={save.problem?.about("tags")} hint="With commas between them." autoComplete="off" />
        <Details summary="Another title on one platform" open={destinations.some(({ exceptions }) => exceptions.title !== null)}>
          {destinations.map((one) => (
            <TextField key={one.id} label={one.name} value={draft.titles[one.id] ?? ""} onChange={(title) => change({ titles: { ...draft.titles, [one.id]: title } })} placeholder={draft.title || "As everywhere"} maxLength={140} autoComplete="off" />
          ))}
        </Details>
        <Taken applied={applied} />
        <FormButtons>
          <Button onClick={onClose}>{applied.length > 0 ? "Close" : "Cancel"}</Button>
          <Button type="submit" look="primary" busy={save.busy}>
            {applied.length > 0 ? "Try again" : "Change everywhere"}
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

/** How each platform took it, when one of them did not. */
function Taken({ applied }: { readonly applied: readonly Applied[] }): JSX.Element | null {
  if (applied.every(({ ok }) => ok)) return null;
  return (
    <ul class="stack gap-2" role="status">
      {applied.map(({ platform, name, ok, text }) => (
        <li key={name}>
          <Note tone={ok ? "good" : "bad"}>
            <span class="row stay gap-2">
              <PlatformMark platform={platform} small />
              <span>
                <strong>{name}</strong> {text || (ok ? "shows it." : "did not take it.")}
              </span>
            </span>
          </Note>
        </li>
      ))}
    </ul>
  );
}

function begun(listing: Listing, destinations: readonly Destination[]): Draft {
  return { title: listing.title, tags: listing.tags.join(", "), categories: listing.categories, titles: Object.fromEntries(destinations.map(({ id, exceptions }) => [id, exceptions.title ?? ""])) };
}

function platformsOf(destinations: readonly Destination[]): readonly AccountPlatform[] {
  return [...new Set(destinations.map(({ platform }) => platform))] as AccountPlatform[];
}

function tagsOf(text: string): string[] {
  return text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
}

async function except(channel: string, { id, version, exceptions }: Destination, title: string): Promise<void> {
  await call("PATCH", `/channels/${channel}/destinations/${id}`, { version, body: { exceptions: { ...exceptions, title: title.trim() || null } } });
}

// What the platforms show of the stream: one title and category for all, with exceptions where somebody wants them.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call } from "../../../api/client";
import { useResource } from "../../../api/resource";
import { may } from "../../../api/session";
import { type AccountPlatform, type Destination, type Listing, useDestinations } from "../../../api/simulcast";
import { Badge } from "../../../components/badge";
import { Button } from "../../../components/button";
import { Card } from "../../../components/card";
import { PlatformMark } from "../../../components/platform";
import { Loaded } from "../../../components/state";
import { ListingDialog } from "./listing-dialog";

/** Only where an account can be told of it. */
export function ListingCard({ channel }: { readonly channel: string }): JSX.Element | null {
  const destinations = useDestinations(channel).data?.filter(({ account_id }) => account_id !== null) ?? [];
  const listing = useResource(destinations.length > 0 ? `listings/${channel}` : null, (signal) => call<Listing>("GET", `/channels/${channel}/listing`, { signal }));
  const [editing, setEditing] = useState(false);
  if (destinations.length === 0) return null;
  const edit = may("destinations:write") && listing.data && (
    <Button size="small" look="quiet" icon="edit" onClick={() => setEditing(true)}>
      Edit
    </Button>
  );
  return (
    <Card title="Title and category" aside={edit}>
      <Loaded resource={listing}>{(found) => <Shown listing={found} destinations={destinations} />}</Loaded>
      {editing && listing.data && <ListingDialog channel={channel} listing={listing.data} destinations={destinations} onClose={() => setEditing(false)} />}
    </Card>
  );
}

function Shown({ listing, destinations }: { readonly listing: Listing; readonly destinations: readonly Destination[] }): JSX.Element {
  const platforms = [...new Set(destinations.map(({ platform }) => platform))] as AccountPlatform[];
  return (
    <div class="stack gap-3">
      <p class="listing-title">{listing.title || <span class="faint">No title yet: each platform keeps the one it has.</span>}</p>
      <ul class="listing-places">
        {platforms.map((platform) => (
          <li key={platform}>
            <PlatformMark platform={platform} small />
            <span class="grow cut">{listing.categories[platform]?.name ?? <span class="faint">no category</span>}</span>
          </li>
        ))}
        {destinations.filter(({ exceptions }) => exceptions.title !== null).map(({ id, name, platform, exceptions }) => (
          <li key={id}>
            <PlatformMark platform={platform} small />
            <span class="grow cut">
              <span class="faint">{name}:</span> {exceptions.title}
            </span>
          </li>
        ))}
      </ul>
      {listing.tags.length > 0 && (
        <div class="row gap-1">
          {listing.tags.map((tag) => (
            <Badge key={tag}>{tag}</Badge>
          ))}
        </div>
      )}
    </div>
  );
}

// What the platforms show of the stream: one title and category for all, with exceptions where somebody wants them.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../../api/client";
import { useResource } from "../../../api/resource";
import { may } from "../../../api/session";
import { type AccountPlatform, type Exceptions, type Listing, useAccounts } from "../../../api/simulcast";
import { Badge } from "../../../components/badge";
import { Button } from "../../../components/button";
import { Card } from "../../../components/card";
import { PlatformMark, PLATFORMS } from "../../../components/platform";
import { Loaded } from "../../../components/state";
import { ListingDialog } from "./listing-dialog";

/** Only where an account can be told of it. */
export function ListingCard({ channel }: { readonly channel: string }): JSX.Element | null {
  const accounts = useAccounts(channel).data ?? [];
  const listing = useResource(accounts.length > 0 ? `listings/${channel}` : null, (signal) => api.get("/channels/{channel}/listing", { path: { channel }, signal }));
  const [editing, setEditing] = useState(false);
  if (accounts.length === 0) return null;
  const platforms = [...new Set(accounts.map(({ platform }) => platform))];
  const edit = may("destinations:write") && listing.data && (
    <Button size="small" look="quiet" icon="edit" onClick={() => setEditing(true)}>
      Edit
    </Button>
  );
  return (
    <Card title="Title and category" aside={edit}>
      <Loaded resource={listing}>{(found) => <Shown listing={found} platforms={platforms} />}</Loaded>
      {editing && listing.data && <ListingDialog channel={channel} listing={listing.data} platforms={platforms} onClose={() => setEditing(false)} />}
    </Card>
  );
}

function Shown({ listing, platforms }: { readonly listing: Listing; readonly platforms: readonly AccountPlatform[] }): JSX.Element {
  return (
    <div class="stack gap-3">
      <p class="listing-title">{listing.title || <span class="faint">No title yet: each platform keeps the one it has.</span>}</p>
      <ul class="listing-places">
        {platforms.map((platform) => (
          <Place key={platform} platform={platform} exceptions={listing.platforms[platform]} />
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

function Place({ platform, exceptions: { category, title } }: { readonly platform: AccountPlatform; readonly exceptions: Exceptions }): JSX.Element {
  return (
    <li>
      <PlatformMark platform={platform} small />
      <span class="grow">
        <span class="unseen">{PLATFORMS[platform].name}: </span>
        {category?.name ?? <span class="faint">no category chosen</span>}
        {title && <span class="soft small listing-own">{title}</span>}
      </span>
    </li>
  );
}

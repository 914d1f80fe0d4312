import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button";
import { CopyButton } from "../../components/copy";
import { Dialog } from "../../components/dialog";
import { Checkbox, FormButtons } from "../../components/field";
import { Note } from "../../components/state";

/** Shown once: the dialog closes only for who says that they are kept. */
export function RecoveryCodes({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }): JSX.Element {
  const [kept, setKept] = useState(false);
  return (
    <Dialog title="Recovery codes" onClose={onClose} firm>
      <p class="soft">Each works once instead of a code of the app. Keep them where you keep passwords.</p>
      <ul class="codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div class="row">
        <CopyButton label="Copy all" value={codes.join("\n")} />
      </div>
      <Note tone="unsteady">They are shown only this once.</Note>
      <Checkbox label="I have kept them" checked={kept} onChange={setKept} />
      <FormButtons>
        <Button look="primary" disabled={!kept} onClick={onClose}>
          Done
        </Button>
      </FormButtons>
    </Dialog>
  );
}

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Reply } from "../../api/client";
import { useAction } from "../../api/resource";
import { askWhoIAm } from "../../api/session";
import type { Me } from "../../api/types";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { CopyField } from "../../components/copy";
import { Dialog } from "../../components/dialog";
import { Form, FormButtons, TextField } from "../../components/field";
import { Note } from "../../components/state";
import { toast } from "../../components/toasts";
import { plural } from "../../format";
import { ProofDialog } from "./proof";
import { RecoveryCodes } from "./recovery-codes";

type Doing = "on" | "off" | "codes" | null;
const FEW_CODES = 3;

export function SecondFactorCard({ me }: { readonly me: Me }): JSX.Element {
  const [doing, setDoing] = useState<Doing>(null);
  const done = (): void => {
    setDoing(null);
    void askWhoIAm();
  };
  const left = me.recovery_codes_left;
  return (
    <Card title="Second factor" about="A code from an app on your phone, asked for besides the password." aside={me.second_factor ? <Badge tone="good">On</Badge> : <Badge>Off</Badge>}>
      <div class="stack gap-3">
        {me.second_factor && <p class={left <= FEW_CODES ? "trouble" : "soft"}>{plural(left, "recovery code")} left, for when the phone is lost.</p>}
        <div class="row">
          {me.second_factor ? (
            <>
              <Button onClick={() => setDoing("codes")}>New recovery codes</Button>
              <Button look="danger" onClick={() => setDoing("off")}>
                Switch off
              </Button>
            </>
          ) : (
            <Button icon="shield" look="primary" onClick={() => setDoing("on")}>
              Switch on
            </Button>
          )}
        </div>
      </div>
      {doing === "on" && <SwitchOn me={me} onClose={done} />}
      {doing === "codes" && <NewCodes me={me} onClose={done} />}
      {doing === "off" && (
        <ProofDialog
          me={me}
          title="Switch the second factor off?"
          action="Switch off"
          danger
          onClose={done}
          onProof={async (proof) => {
            await api.post("/account/second-factor/removal", { body: proof });
            toast("The second factor is off.");
            done();
          }}
        >
          Your password alone opens the account then.
        </ProofDialog>
      )}
    </Card>
  );
}

type Offer = Reply<"/account/second-factor", "post">;

function SwitchOn({ me, onClose }: { readonly me: Me; readonly onClose: () => void }): JSX.Element {
  const [offer, setOffer] = useState<Offer | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes) return <RecoveryCodes codes={codes} onClose={onClose} />;
  if (offer) return <Confirmation offer={offer} onCodes={setCodes} onClose={onClose} />;
  return (
    <ProofDialog me={me} title="Switch the second factor on" action="Go on" onClose={onClose} onProof={async (proof) => setOffer(await api.post("/account/second-factor", { body: proof }))}>
      You need an app for one-time codes, such as the one of your phone or your password keeper.
    </ProofDialog>
  );
}

interface ConfirmationProps {
  readonly offer: Offer;
  readonly onCodes: (codes: readonly string[]) => void;
  readonly onClose: () => void;
}

function Confirmation({ offer, onCodes, onClose }: ConfirmationProps): JSX.Element {
  const [code, setCode] = useState("");
  const { run, busy, problem } = useAction(async () => onCodes((await api.post("/account/second-factor/confirmation", { body: { code: code.replaceAll(" ", "") } })).codes));
  return (
    <Dialog title="Scan this with your app" onClose={onClose}>
      <Form onSubmit={() => void run()} problem={problem}>
        <div class="qr" role="img" aria-label="QR code of the second factor" dangerouslySetInnerHTML={{ __html: offer.qr_svg }} />
        <CopyField label="Or type this in" value={offer.secret} />
        <TextField label="Code that the app shows" inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} problem={problem?.about("code")} maxLength={10} />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Switch on
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  );
}

function NewCodes({ me, onClose }: { readonly me: Me; readonly onClose: () => void }): JSX.Element {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes) return <RecoveryCodes codes={codes} onClose={onClose} />;
  return (
    <ProofDialog me={me} title="New recovery codes" action="Make new ones" onClose={onClose} onProof={async (proof) => setCodes((await api.post("/account/recovery-codes", { body: proof })).codes)}>
      <Note tone="unsteady">The old codes stop working.</Note>
    </ProofDialog>
  );
}

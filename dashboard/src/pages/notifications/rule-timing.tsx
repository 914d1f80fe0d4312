import type { JSX } from "preact";
import { Checkbox, SelectField, TextField } from "../../components/field";
import { Details } from "../../components/form-parts";
import { quietTonight } from "./draft";
import type { PartProps } from "./rule-dialog";

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ZONES = [...new Set([here, "UTC", ...Intl.supportedValuesOf("timeZone")])].map((value) => ({ value, label: value }));

const number = (text: string): number => Math.max(0, Math.round(Number(text)) || 0);

/** When it is told, and when not. */
export function RuleTiming({ draft, change, problem }: PartProps): JSX.Element {
  return (
    <Details summary="Quiet hours and patience" open={draft.quiet !== null}>
      <Checkbox label="Quiet hours" hint="Every day between two times nobody is disturbed." checked={draft.quiet !== null} onChange={(on) => change({ quiet: on ? quietTonight(here) : null })} />
      {draft.quiet && <Quiet quiet={draft.quiet} change={change} />}
      <div class="pair">
        <TextField
          label="Trouble must last (s)"
          type="number"
          value={String(draft.lasting_s)}
          onChange={(text) => change({ lasting_s: number(text) })}
          problem={problem?.about("lasting_s")}
          hint="Shorter ones are not told."
        />
        <TextField
          label="Not again within (s)"
          type="number"
          value={String(draft.cooldown_s)}
          onChange={(text) => change({ cooldown_s: number(text) })}
          problem={problem?.about("cooldown_s")}
          hint="The same of the same channel or node."
        />
      </div>
    </Details>
  );
}

function Quiet({ quiet, change }: { readonly quiet: NonNullable<PartProps["draft"]["quiet"]>; readonly change: PartProps["change"] }): JSX.Element {
  const set = (part: Partial<typeof quiet>): void => change({ quiet: { ...quiet, ...part } });
  return (
    <>
      <div class="pair">
        <TextField label="From" type="time" value={quiet.begins} onChange={(begins) => set({ begins })} required />
        <TextField label="To" type="time" value={quiet.ends} onChange={(ends) => set({ ends })} required />
      </div>
      <SelectField label="Time zone" value={quiet.zone} onChange={(zone) => set({ zone })} options={ZONES} />
      <SelectField
        label="What happens meanwhile"
        value={quiet.instead}
        onChange={(instead) => set({ instead: instead === "drop" ? "drop" : "hold" })}
        options={[
          { value: "hold", label: "is told when the quiet hours are over" },
          { value: "drop", label: "is not told" },
        ]}
      />
    </>
  );
}

import type { JSX } from "preact";
import { api } from "../../api/client";
import { useResource } from "../../api/resource";
import { Field, TextField } from "../../components/field";
import { Details } from "../../components/form-parts";
import type { PartProps } from "./rule-dialog";

/** Words of one's own instead of the usual ones. */
export function RuleWording({ draft, change, problem }: PartProps): JSX.Element {
  const kinds = useResource("notice-kinds", (signal) => api.get("/notice-kinds", { signal })).data?.items ?? [];
  const words = new Map(kinds.filter(({ kind }) => (draft.kinds as readonly string[]).includes(kind)).flatMap((kind) => kind.words.map(({ word, meaning }) => [word, meaning] as const)));
  return (
    <Details summary="Words of your own" open={draft.title !== "" || draft.text !== ""}>
      <TextField label="Title" value={draft.title} onChange={(title) => change({ title })} problem={problem?.about("title")} placeholder="The usual title" maxLength={200} />
      <Field label="Text" problem={problem?.about("text")}>
        {(joined) => <textarea {...joined} class="input" rows={3} maxLength={2000} placeholder="The usual text" value={draft.text} onInput={(event) => change({ text: event.currentTarget.value })} />}
      </Field>
      {words.size > 0 && (
        <dl class="template-words">
          {[...words].map(([word, meaning]) => (
            <div key={word}>
              <dt>
                <code>{`{${word}}`}</code>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      )}
    </Details>
  );
}

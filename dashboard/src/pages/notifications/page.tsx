// Rules say what is told to which targets.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Empty, Loaded } from "../../components/state";
import { List } from "../../components/list";
import { useRules, useTargets } from "./data";
import { Header } from "./header";
import { RuleDialog } from "./rule-dialog";
import { RuleItem } from "./rule-item";
import { TargetDialog } from "./target-dialog";
import { TargetItem } from "./target-item";
import "./notifications.css";

export function Page(): JSX.Element {
  return (
    <>
      <Header />
      <div class="stack gap-5">
        <Targets />
        <Rules />
      </div>
    </>
  );
}

function Targets(): JSX.Element {
  const targets = useTargets();
  const rules = useRules();
  const [adding, setAdding] = useState(false);
  const [first, setFirst] = useState<string | null>(null);
  const add = may("notices:write") && (
    <Button icon="plus" onClick={() => setAdding(true)}>
      Add a target
    </Button>
  );
  return (
    <Card title="Targets" about="Where notices go." aside={targets.data?.length ? add : undefined} flush>
      <Loaded resource={targets}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="bell" title="Nobody is told anything yet" action={add}>
              Add an e-mail address, a Discord or Slack channel, or a webhook of your own. Then say what it is told.
            </Empty>
          ) : (
            <List label="Targets">
              {items.map((target) => (
                <TargetItem key={target.id} target={target} />
              ))}
            </List>
          )
        }
      </Loaded>
      {adding && (
        <TargetDialog
          onClose={(made) => {
            setAdding(false);
            if (made && rules.data?.length === 0) setFirst(made.id);
          }}
        />
      )}
      {first && <RuleDialog targets={targets.data ?? []} chosen={first} onClose={() => setFirst(null)} />}
    </Card>
  );
}

function Rules(): JSX.Element {
  const rules = useRules();
  const targets = useTargets().data ?? [];
  const [adding, setAdding] = useState(false);
  const add = may("notices:write") && (
    <Button icon="plus" onClick={() => setAdding(true)}>
      Add a rule
    </Button>
  );
  return (
    <Card title="Rules" about="What is told to whom, and when not." aside={rules.data?.length ? add : undefined} flush>
      <Loaded resource={rules}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="list" title="No rules yet" action={targets.length > 0 ? add : undefined}>
              {targets.length > 0 ? "Choose what your targets are told: streams that go live, broadcasts in trouble, disks that fill up." : "First add a target above."}
            </Empty>
          ) : (
            <List label="Rules">
              {items.map((rule) => (
                <RuleItem key={rule.id} rule={rule} targets={targets} />
              ))}
            </List>
          )
        }
      </Loaded>
      {adding && <RuleDialog targets={targets} onClose={() => setAdding(false)} />}
    </Card>
  );
}

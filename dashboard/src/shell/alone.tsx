// A page without the room around it: set-up, login, invitation.
import type { ComponentChildren, JSX } from "preact";
import { Logo } from "../components/logo";

export interface AloneProps {
  readonly title: string;
  readonly about?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Alone({ title, about, wide = false, children }: AloneProps): JSX.Element {
  return (
    <main class="alone">
      <div class={`alone-box${wide ? " wide" : ""}`}>
        <header>
          <Logo size={40} />
          <h1 tabIndex={-1}>{title}</h1>
          {about && <p class="soft">{about}</p>}
        </header>
        {children}
      </div>
    </main>
  );
}

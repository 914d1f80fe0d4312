import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon";
import "./list.css";

export function List({ label, children }: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <ul class="list" aria-label={label}>
      {children}
    </ul>
  );
}

export interface ItemProps {
  readonly icon?: IconName;
  /** Instead of the icon. */
  readonly before?: ComponentChildren;
  readonly title: ComponentChildren;
  readonly badge?: ComponentChildren;
  readonly about?: ComponentChildren;
  /** Switched off: still there, but does nothing. */
  readonly dim?: boolean;
  /** What can be done with it. */
  readonly children?: ComponentChildren;
}

/** One thing of a list: what it is, how it is, what can be done with it. */
export function Item({ icon, before, title, badge, about, dim = false, children }: ItemProps): JSX.Element {
  return (
    <li class={`item${dim ? " dim" : ""}`}>
      {before}
      {icon && (
        <span class="item-icon">
          <Icon name={icon} />
        </span>
      )}
      <div class="grow item-words">
        <div class="row">
          <span class="item-title">{title}</span>
          {badge}
        </div>
        {about && <div class="soft small item-about">{about}</div>}
      </div>
      {children && <div class="row stay item-end">{children}</div>}
    </li>
  );
}

import type { JSX } from "preact";
import { PageHeader } from "../../components/card";
import { useTitle } from "../../shell/title";

export function Page(): JSX.Element {
  useTitle("login");
  return <PageHeader title="login" />;
}

import type { JSX } from "preact";
import { PageHeader } from "../../components/card";
import { useTitle } from "../../shell/title";

export function Page(): JSX.Element {
  useTitle("home");
  return <PageHeader title="home" />;
}

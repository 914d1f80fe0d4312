import { render } from "preact";
import { App } from "./app";
import { askWhoIAm } from "./api/session";
import { followLinks } from "./router";
import { applyTheme } from "./theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./shell/alone.css";

applyTheme();
followLinks();
void askWhoIAm();
const root = document.querySelector("#app");
if (root !== null) render(<App />, root);

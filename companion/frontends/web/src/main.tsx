import "./style.css";
import { render } from "preact";
import { App } from "./App";
import { begin } from "./preferences";

const root = document.getElementById("app");
if (root) {
  await begin();
  root.replaceChildren();
  render(<App />, root);
}

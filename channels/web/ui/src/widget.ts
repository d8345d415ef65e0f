/** What the one script tag runs. */

import { define, hubOf } from "./element";

// Only while a classic script is running does the document say which it is.
const script = document.currentScript as HTMLScriptElement | null;

if (!customElements.get("okno-chat")) {
  define(hubOf(script?.src ?? ""));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
  else place();
}

function place(): void {
  if (!document.querySelector("okno-chat")) document.body.append(document.createElement("okno-chat"));
}

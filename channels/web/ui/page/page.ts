/** The code to embed names the address of this very hub, and can be copied. A page of the handbook says what a question is about. */

const code = document.querySelector<HTMLElement>("#embed");
const copy = document.querySelector<HTMLButtonElement>("#copy");
const copied = document.querySelector<HTMLElement>("#copied");

if (code && copy && copied) {
  code.textContent = `<script src="${location.origin}/chat/widget.js" async></script>`;
  // Absent on pages without TLS; the code can still be selected.
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent ?? "");
    copied.textContent = "Скопировано";
  });
}

const about = new URLSearchParams(location.search).get("about")?.trim().slice(0, 200);
const chat = document.querySelector("okno-chat");

if (about && chat) {
  try {
    // As the widget keeps a draft of this hub; it reads it when it comes into the page. What was begun stays, but for another title.
    const draft = `okno:${location.origin}:draft`;
    const begun = localStorage.getItem(draft) ?? "";
    if (!begun.startsWith(about)) localStorage.setItem(draft, `${about}: ${begun.endsWith(": ") ? "" : begun}`);
    chat.replaceWith(chat.cloneNode());
  } catch {
    // A browser without storage: the citizen names the service.
  }
}

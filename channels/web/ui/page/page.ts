/** The code to embed names the address of this very hub, and can be copied. */

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

// The form works without this file. With it nothing is sent twice, the answers come by themselves, and a message is added in place.
"use strict";

const form = document.querySelector("#form");
const log = document.querySelector("#log");
const status = form?.querySelector(".status");
const faults = document.querySelector("#faults");
faults?.focus();

let sending = false;

function say(text) {
  if (status) status.textContent = text;
}

function busy(now) {
  sending = now;
  for (const button of document.querySelectorAll("form button")) button.setAttribute("aria-disabled", String(now));
  say(now ? (form?.dataset.sending ?? "") : "");
}

function end() {
  const last = log?.lastElementChild;
  if (last && last.getBoundingClientRect().bottom > innerHeight) last.scrollIntoView({ block: "nearest" });
}

/** Put what was sent and what is refused on the page; a refused message stays in its field. */
async function add(from, submitter) {
  const body = new FormData(from, submitter);
  busy(true);
  let told = "";
  try {
    const answer = await fetch(from.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    told = said.text ?? form.dataset.added;
    if (answer.ok) {
      for (const key of document.querySelectorAll("input[name=key]")) key.value = said.key;
      if (from === form) from.reset();
    }
  } catch {
    told = form.dataset.lost;
  }
  busy(false);
  say(told);
}

document.addEventListener("submit", (event) => {
  if (event.target.dataset.plain !== undefined) return;
  if (sending) {
    event.preventDefault();
  } else if (log) {
    event.preventDefault();
    add(event.target, event.submitter);
  } else if (form?.dataset.sending) {
    busy(true);
  }
});
// Back from the next page: the button is to be pressed again.
addEventListener("pageshow", (event) => event.persisted && busy(false));

/** Show what comes. A browser reconnects by itself, but not after an answer like 502: then we do. */
function follow(address) {
  const events = new EventSource(address);
  let last = "";
  events.addEventListener("message", (event) => {
    last = event.lastEventId;
    const item = new DOMParser().parseFromString(event.data, "text/html").body.firstElementChild; // escaped by the hub, as on the page
    if (!item || document.getElementById(item.id)) return;
    for (const choices of log.querySelectorAll(".choices")) choices.remove();
    const key = item.querySelector("input[name=key]");
    if (key) key.value = form.elements.key.value;
    log.append(item);
    end();
  });
  events.addEventListener("state", (event) => {
    document.querySelector("#state").textContent = event.data;
  });
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return;
    const next = new URL(address, location.href);
    if (last) next.searchParams.set("after", last);
    setTimeout(follow, 5000, next.href);
  });
}

if (log) follow(log.dataset.events);

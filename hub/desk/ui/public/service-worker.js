// The worker of the desk: it shows what the hub pushes while no desk is seen. Where the desk cannot be opened it says so, with the two files that it keeps. It keeps no answer of the hub, and no
// script either: their names change with their content, so that the browser's own cache has them.
const PAGE = "/desk/offline.html";
const STYLE = "/desk/offline.css";
const KEPT = "okno-offline";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([PAGE, STYLE])));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  if (mode === "navigate") event.respondWith(fetch(event.request).catch(() => caches.match(PAGE)));
  else if (new URL(url).pathname === STYLE) event.respondWith(caches.match(STYLE).then((kept) => kept ?? fetch(event.request)));
});

const WORDS = {
  ru: { offer: "Вам предложен разговор", message: "Заявитель написал", mention: "Вас упомянули в заметке", number: "Разговор " },
  en: { offer: "A conversation is offered to you", message: "A citizen writes", mention: "A note names you", number: "Conversation " },
};
// Where it opens: an offer is not open before it is accepted.
const VIEWS = { message: "mine", mention: "mentions" };

self.addEventListener("push", (event) => {
  const { kind, conversation, number } = event.data.json();
  const lang = navigator.language.startsWith("en") ? "en" : "ru";
  const words = WORDS[lang];
  const to = kind in VIEWS ? `/desk/#/inbox/${VIEWS[kind]}/${conversation}` : "/desk/";
  const shape = { body: words.number + number, tag: `okno-${conversation}`, lang, icon: "/desk/icon-192.png", data: { to } };
  event.waitUntil(self.registration.showNotification(words[kind], shape));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.to));
});

async function open(to) {
  const [desk] = await self.clients.matchAll({ type: "window" });
  if (desk === undefined) return self.clients.openWindow(to);
  await desk.focus();
  // With a hash alone the page stays as it is.
  return to.includes("#") ? desk.navigate(to) : desk;
}

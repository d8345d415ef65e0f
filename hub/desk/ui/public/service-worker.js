// The worker of the desk. Where the desk cannot be opened it says so, with the two files that it keeps. It keeps no answer of the hub, and no
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

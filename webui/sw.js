// Keeps the page itself, so that it opens while the agent is down. VERSION and FILES are put above at build time.
const CACHE = `page-${VERSION}`;

self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const dropOld = caches.keys().then((keys) => Promise.all(keys.filter((key) => key !== CACHE).map((key) => caches.delete(key))));
  event.waitUntil(dropOld.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname, searchParams } = new URL(url);
  // The agent itself must see the launch token: it answers with the cookie.
  if (method !== "GET" || origin !== self.location.origin || searchParams.has("token")) return;
  const key = mode === "navigate" && pathname === "/" ? "/" : pathname;
  if (!FILES.includes(key)) return;
  event.respondWith(caches.match(key, { cacheName: CACHE }).then((kept) => kept ?? fetch(event.request)));
});

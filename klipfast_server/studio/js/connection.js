// The page's connection to its server: online, busy, signed out. Requests that wait for the connection
// or a key resume automatically.

let changed = () => {};
let expired = null; // { promise, resolve }: somebody has to sign in again
let busyUntil = 0; // when a busy server is asked again, by performance.now()
let waiting = 0; // calls that wait for a busy server

/** Call `handler` when anything of this has changed. */
export function start(handler) {
  changed = handler;
  for (const name of ["online", "offline"]) addEventListener(name, handler);
}

export const isOnline = () => navigator.onLine;

/** Resolves when the browser is online. */
export async function online(signal) {
  if (navigator.onLine) return;
  await new Promise((resolve, reject) => {
    addEventListener("online", resolve, { once: true });
    signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")), { once: true });
  });
}

export const isExpired = () => expired !== null;

/** The server no longer takes the key or session. Resolves when somebody has signed in again. */
export function signedInAgain() {
  if (!expired) {
    expired = {};
    expired.promise = new Promise((resolve) => (expired.resolve = resolve));
    changed();
  }
  return expired.promise;
}

/** Somebody has signed in again, or has left. */
export function endExpired() {
  const { resolve } = expired ?? {};
  expired = null;
  resolve?.();
  changed();
}

/** Wait as long as a busy server asks for, and let the page say so. */
export async function pause(seconds) {
  waiting++;
  busyUntil = Math.max(busyUntil, performance.now() + 1000 * seconds);
  changed();
  const ticking = setInterval(changed, 1000);
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  clearInterval(ticking);
  waiting--;
  changed();
}

/** Seconds until a busy server is asked again; 0: it is not busy. */
export const busySeconds = () => (waiting ? Math.max(1, Math.ceil((busyUntil - performance.now()) / 1000)) : 0);

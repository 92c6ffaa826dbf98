// Who is signed in: this browser, by a cookie that no script can read, or only this tab, by a key.

const KEY = "klipfast.key"; // in sessionStorage, until the tab closes; "" once the key no longer works
const SESSION = "klipfast.session"; // in localStorage: the ID of the session whose secret the cookie holds
export const KEY_FORM = /^kf_live_sk_[A-Za-z0-9]+$/;

/** The key of this tab; null where the browser's session counts. */
export const key = () => sessionStorage.getItem(KEY);

/** What calls are made with, which differs each time somebody signs in; falsy: signed out. */
export const signedIn = () => key() ?? localStorage.getItem(SESSION);

/** The headers of a call; the browser adds the cookie. */
export const authorization = () => (key() ? { Authorization: `Bearer ${key()}` } : {});

export const signInTab = (value) => sessionStorage.setItem(KEY, value);

export function signInBrowser(sessionId) {
  sessionStorage.removeItem(KEY);
  localStorage.setItem(SESSION, sessionId);
}

/** The server no longer takes it. A tab with its own key does not fall back to another account's session. */
export function expire() {
  if (key() !== null) sessionStorage.setItem(KEY, "");
  else localStorage.removeItem(SESSION);
}

/** Forget it. */
export function signOut() {
  if (key() === null) localStorage.removeItem(SESSION);
  sessionStorage.removeItem(KEY);
}

/** Call `handler` with the session when another tab has signed in, with null when it has signed out. */
export function onOtherTab(handler) {
  addEventListener("storage", (event) => event.key === SESSION && key() === null && handler(event.newValue));
}

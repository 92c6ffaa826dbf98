// The API key of this tab. sessionStorage ends with the tab; nothing else ever holds the key.

const NAME = "klipfast.key";
export const KEY_FORM = /^kf_live_sk_[A-Za-z0-9]+$/;

export function key() {
  return sessionStorage.getItem(NAME);
}

export function signIn(value) {
  sessionStorage.setItem(NAME, value);
}

export function signOut() {
  sessionStorage.removeItem(NAME);
}

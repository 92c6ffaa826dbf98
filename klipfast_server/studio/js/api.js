// Calls of the public API. The page uses nothing else.

import * as connection from "./connection.js";
import { span } from "./format.js";
import { authorization, expire, signedIn } from "./session.js";
import { t } from "./strings.js";

const OFFLINE = "offline";
const JSON_TYPE = "application/json";
const BUSY = new Set([429, 503]); // with the header Retry-After
const USUAL_PAUSE_S = 3;
const MAX_PAUSE_S = 60; // a longer pause is shown to the user instead of waited for
const MAX_PAUSES = 20; // per call

/** What went wrong, in words for a person; `status` is 0 where no answer came. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = OFFLINE, field = null, extra = {} } = {}) {
    super(message);
    Object.assign(this, { status, code, field, extra });
  }

  get offline() {
    return this.status === 0;
  }
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, body = {}, options) => call("POST", path, { body, ...options });
export const put = (path, body, options) => call("PUT", path, { body, ...options });
export const patch = (path, body) => call("PATCH", path, { body });
export const remove = (path, options) => call("DELETE", path, options);

/** Send a file as it is; return the answer's JSON. Throws ApiError. */
export const send = async (method, path, file) => (await answer(method, path, { file })).json();

/** Return the answer's JSON, or its text, or null without one. Throws ApiError. */
export async function call(method, path, options) {
  const response = await answer(method, path, options);
  if (response.status === 204) return null;
  const type = response.headers.get("Content-Type") ?? "";
  return type.startsWith(JSON_TYPE) ? response.json() : response.text();
}

/**
 * Return the answer itself, for files. Throws ApiError.
 *
 * A GET waits for the connection, and for a server that is busy. A call whose key or session has expired waits
 * until somebody has signed in again, and is made once more; not one that itself signs in or out (`isSignIn`).
 */
export async function answer(method, path, { body, file, query, signal, headers = {}, isSignIn = false } = {}) {
  const address = new URL(path.startsWith("/") ? path : `/api/v1/${path}`, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") address.searchParams.set(name, value);
  }
  const isRead = method === "GET";
  for (let pauses = 0; ; ) {
    if (isRead) await connection.online(signal);
    if (connection.isExpired() && !isSignIn) await connection.signedInAgain();
    const signed = signedIn();
    const sent = { ...authorization(), ...headers };
    if (body !== undefined) sent["Content-Type"] = JSON_TYPE;
    if (file) sent["Content-Type"] = "application/octet-stream";
    let response;
    try {
      response = await fetch(address, {
        method,
        headers: sent,
        body: file ?? (body === undefined ? undefined : JSON.stringify(body)),
        signal,
        cache: "no-store",
        credentials: "same-origin",
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(isRead ? t.errors.offline : t.errors.unsent);
    }
    if (response.ok) return response;
    if (response.status === 401 && signed && !isSignIn) {
      if (signedIn() === signed) expire(); // another call may have been answered, and somebody have signed in
      if (!signedIn()) await connection.signedInAgain();
      if (signedIn()) continue;
    }
    const pause = Number(response.headers.get("Retry-After")) || USUAL_PAUSE_S;
    if (isRead && BUSY.has(response.status) && pause <= MAX_PAUSE_S && pauses++ < MAX_PAUSES) {
      await connection.pause(pause);
      continue;
    }
    throw await refusal(response, pause);
  }
}

async function refusal(response, pause) {
  let told = {};
  try {
    told = await response.json();
  } catch {
    // a proxy's page, perhaps
  }
  const { status } = response;
  const message = told.message ?? t.errors.status(status);
  return new ApiError(BUSY.has(status) ? `${message} ${t.errors.later(span(pause))}` : message, {
    status,
    code: told.error ?? "",
    field: told.field ?? null,
    extra: told,
  });
}

/** Hand a file that needs the key to the browser as a download. Throws ApiError. */
export async function download(path, name) {
  const response = await answer("GET", path);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Calls of the public API. The page uses nothing else.

import { key } from "./session.js";
import { t } from "./strings.js";

const OFFLINE = "offline";
const JSON_TYPE = "application/json";

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

let expired = () => {};

/** Call `handler` where the server no longer takes the key. */
export function onExpired(handler) {
  expired = handler;
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, body = {}, options) => call("POST", path, { body, ...options });
export const put = (path, body, options) => call("PUT", path, { body, ...options });
export const patch = (path, body) => call("PATCH", path, { body });
export const remove = (path) => call("DELETE", path);

/** Send a file as it is; return the answer's JSON. Throws ApiError. */
export const send = async (method, path, file) => (await answer(method, path, { file })).json();

/** Return the answer's JSON, or its text, or null without one. Throws ApiError. */
export async function call(method, path, { body, query, signal, headers = {} } = {}) {
  const response = await answer(method, path, { body, query, signal, headers });
  if (response.status === 204) return null;
  const type = response.headers.get("Content-Type") ?? "";
  return type.startsWith(JSON_TYPE) ? response.json() : response.text();
}

/** Return the answer itself, for files. Throws ApiError. */
export async function answer(method, path, { body, file, query, signal, headers = {} } = {}) {
  const address = new URL(path.startsWith("/") ? path : `/api/v1/${path}`, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") address.searchParams.set(name, value);
  }
  const sent = { ...headers };
  const signed = key();
  if (signed) sent.Authorization = `Bearer ${signed}`;
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
      credentials: "omit",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(t.errors.offline);
  }
  if (response.ok) return response;
  throw await refusal(response, Boolean(signed));
}

async function refusal(response, signed) {
  let told = {};
  try {
    told = await response.json();
  } catch {
    // a proxy's page, perhaps
  }
  if (response.status === 401 && signed) expired();
  const message = told.message ?? t.errors.status(response.status);
  return new ApiError(message, {
    status: response.status,
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

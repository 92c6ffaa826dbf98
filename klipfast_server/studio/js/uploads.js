// Resumable uploads by tus (https://tus.io/protocols/resumable-upload), with tus-js-client.

import { key } from "./session.js";

const CHUNK_BYTES = 16 * 1024 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000];
const ENDPOINT = "/api/v1/resumable-uploads";
let library = null;

/** Load the library when it is first needed: it is larger than the rest of the page. */
function load() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/tus/tus.min.js", import.meta.url);
    script.onload = () => resolve(window.tus);
    script.onerror = () => {
      library = null;
      reject(new Error(script.src));
    };
    document.head.append(script);
  });
  return library;
}

/**
 * Upload a file; `told` gets { sent, total, left, waits, resumed }.
 * Returns { done: Promise of its upload:// address, cancel() }.
 */
export function upload(file, told) {
  let current = null;
  let canceled = false;
  const began = { at: performance.now(), sent: 0 };
  const state = { sent: 0, total: file.size, left: null, waits: false, resumed: false };

  const done = (async () => {
    const tus = await load();
    return new Promise((resolve, reject) => {
      current = new tus.Upload(file, {
        endpoint: ENDPOINT,
        chunkSize: CHUNK_BYTES,
        retryDelays: RETRY_MS,
        removeFingerprintOnSuccess: true,
        metadata: { filename: file.name },
        onBeforeRequest: (request) => request.setHeader("Authorization", `Bearer ${key()}`),
        onProgress: (sent, total) => {
          const seconds = (performance.now() - began.at) / 1000;
          const rate = (sent - began.sent) / seconds;
          Object.assign(state, { sent, total, waits: false, left: rate > 0 && seconds > 2 ? (total - sent) / rate : null });
          told(state);
        },
        onShouldRetry: (error) => {
          const status = error.originalResponse?.getStatus() ?? 0;
          state.waits = true;
          told(state);
          return status === 0 || status >= 500 || status === 409 || status === 423 || status === 429;
        },
        onError: (error) => reject(new Error(reasonOf(error))),
        onSuccess: () => resolve(`upload://${current.url.split("/").pop()}`),
      });
      current.findPreviousUploads().then((earlier) => {
        if (canceled) return;
        if (earlier.length) {
          current.resumeFromPreviousUpload(earlier[0]);
          state.resumed = true;
        }
        current.start();
      }, reject);
    });
  })();

  return {
    done,
    cancel() {
      canceled = true;
      current?.abort(true).catch(() => {});
    },
  };
}

/** The server's own sentence, where it gave one. */
function reasonOf(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).message;
  } catch {
    return error.message;
  }
}

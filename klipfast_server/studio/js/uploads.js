// Resumable uploads by tus (https://tus.io/protocols/resumable-upload), with tus-js-client.

import { isExpired, signedInAgain } from "./connection.js";
import { authorization, expire, signedIn } from "./session.js";

const CHUNK_BYTES = 16 * 1024 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000];
const LATER_MS = 15_000; // until the next attempts, once all of these have failed
const STALLED_MS = 45_000; // without a byte that was sent
const WATCH_MS = 5000;
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
 *
 * It resumes automatically after any passing fault: a lost connection, a server that restarts or is busy, a
 * device that slept, and, once the user signs in again, an expired key or session.
 */
export function upload(file, told) {
  let current = null;
  let canceled = false;
  let movedAt = 0; // when bytes were sent last, by Date.now(), which goes on while a device sleeps
  let timer = 0;
  let watching = 0;
  let signed = ""; // what the request under way was made with
  const began = { at: performance.now(), sent: 0 };
  const state = { sent: 0, total: file.size, left: null, waits: false, resumed: false };

  const wait = () => {
    state.waits = true;
    told(state);
  };

  /** Resume where it stopped. */
  async function again() {
    clearTimeout(timer);
    if (canceled || !current) return;
    movedAt = Date.now();
    await current.abort(false).catch(() => {});
    if (!canceled) current.start();
  }

  // A request that a sleeping device had open is often never answered.
  const wake = () => {
    if (document.visibilityState === "visible" && (state.waits || Date.now() - movedAt > STALLED_MS)) again();
  };

  function end() {
    clearTimeout(timer);
    clearInterval(watching);
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", wake);
    document.removeEventListener("resume", wake); // after a browser had frozen the page
  }

  const done = (async () => {
    const tus = await load();
    return new Promise((resolve, reject) => {
      current = new tus.Upload(file, {
        endpoint: ENDPOINT,
        chunkSize: CHUNK_BYTES,
        retryDelays: RETRY_MS,
        removeFingerprintOnSuccess: true,
        metadata: { filename: file.name },
        onBeforeRequest: async (request) => {
          if (isExpired()) await signedInAgain();
          signed = signedIn();
          for (const [name, value] of Object.entries(authorization())) request.setHeader(name, value);
        },
        onAfterResponse: (request, response) => {
          const status = response.getStatus();
          if (status === 401 && signed && signedIn() === signed) {
            expire();
            signedInAgain();
          }
          // The library would begin anew, as if nothing were there.
          if (request.getMethod() === "HEAD" && status >= 400 && passes(status)) throw new Error(String(status));
        },
        onProgress: (sent, total) => {
          if (sent !== state.sent) movedAt = Date.now();
          if (sent < state.sent) Object.assign(began, { at: performance.now(), sent }); // what was under way is sent again
          const seconds = (performance.now() - began.at) / 1000;
          const rate = (sent - began.sent) / seconds;
          Object.assign(state, { sent, total, waits: false, left: rate > 0 && seconds > 2 ? (total - sent) / rate : null });
          told(state);
        },
        onShouldRetry: (error) => {
          wait();
          return passes(statusOf(error));
        },
        // All attempts have failed: it is tried again all the same, until somebody cancels it.
        onError: (error) => {
          if (!passes(statusOf(error))) {
            end();
            return reject(new Error(reasonOf(error)));
          }
          wait();
          timer = setTimeout(again, LATER_MS);
        },
        onSuccess: () => {
          end();
          resolve(`upload://${current.url.split("/").pop()}`);
        },
      });
      movedAt = Date.now();
      watching = setInterval(() => !state.waits && navigator.onLine && wake(), WATCH_MS);
      addEventListener("online", wake);
      document.addEventListener("visibilitychange", wake);
      document.addEventListener("resume", wake);
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
      end();
      current?.abort(true).catch(() => {});
    },
  };
}

const statusOf = (error) => error.originalResponse?.getStatus() ?? 0;

/** Whether a status is temporary; 0: there was no response. */
const passes = (status) => status === 0 || status >= 500 || [401, 409, 423, 429].includes(status);

/** The server's own sentence, where it gave one. */
function reasonOf(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).message;
  } catch {
    return error.message;
  }
}

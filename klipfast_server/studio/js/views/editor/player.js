// Plays the stream of a clip: its pieces are appended as they come, and where the player jumps to
// is fetched first. The last picture stays until one of another stream is there. Without Media
// Source Extensions the browser plays the address itself.

import { answer } from "../../api.js";
import { pathOf } from "../../format.js";

const Media = window.ManagedMediaSource ?? window.MediaSource;
const APART_S = 0.05; // between two pieces, that count as one
const AFTER = { once: true };

/** `failed(error)` is called where a piece cannot be had; `error.status` 404: open the stream again. */
export function streamPlayer({ failed }) {
  const video = document.createElement("video");
  video.playsInline = true;
  video.disableRemotePlayback = true; // ManagedMediaSource plays nothing otherwise
  let stream = null;
  let media = null;
  let buffer = null;
  let fetching = null; // AbortController of what is fetched
  let fetchedFrom = 0;

  function isThere(at) {
    const ranges = video.buffered;
    for (let n = 0; n < ranges.length; n++) {
      if (ranges.start(n) - APART_S <= at && at < ranges.end(n) - APART_S) return true;
    }
    return false;
  }

  /** Let the buffer do something; the promise ends when it can do the next. */
  function changed(change) {
    return new Promise((resolve, reject) => {
      buffer.addEventListener("updateend", resolve, AFTER);
      buffer.addEventListener("error", () => reject(new Error(video.error?.message)), AFTER);
      change();
    });
  }

  async function opened() {
    if (media) return;
    media = new Media();
    const open = new Promise((resolve) => media.addEventListener("sourceopen", resolve, AFTER));
    video.src = URL.createObjectURL(media);
    await open;
    buffer = media.addSourceBuffer(stream.media_type);
  }

  /** Fetch from a second of the clip to its end, and append what comes; `fresh`: of another stream. */
  async function fill(from, fresh) {
    fetching?.abort();
    const mine = (fetching = new AbortController());
    fetchedFrom = from;
    const gone = () => mine.signal.aborted;
    try {
      const asked = answer("GET", pathOf(stream.stream_url), { query: { start: from.toFixed(3) }, signal: mine.signal });
      asked.catch(() => {}); // told below; it may be given up before that
      await opened();
      const reader = (await asked).body.getReader();
      let piece = await reader.read();
      while (buffer.updating) await changed(() => {});
      if (gone()) return;
      if (media.readyState === "open") buffer.abort(); // what came before may have ended within a piece
      if (fresh) {
        if (video.buffered.length) await changed(() => buffer.remove(0, Infinity));
        media.duration = stream.duration;
      }
      for (let isFirst = true; !piece.done && !gone(); isFirst = false) {
        await changed(() => buffer.appendBuffer(piece.value));
        if (isFirst && fresh && !gone()) video.currentTime = from;
        piece = await reader.read();
      }
      if (gone()) return;
      fetching = null;
      if (media.readyState === "open") media.endOfStream();
    } catch (error) {
      if (gone()) return;
      fetching = null;
      failed(error);
    }
  }

  function need() {
    const at = video.currentTime;
    if (stream && buffer && !isThere(Math.min(at, stream.duration - 2 * APART_S)) && !video.ended) fill(at, false);
  }

  video.addEventListener("seeking", () => (fetching && video.currentTime > fetchedFrom - APART_S) || need());
  video.addEventListener("waiting", () => fetching || need());

  return {
    video,
    /** Play another stream, from a second of it. */
    load(next, at) {
      stream = next;
      if (Media) return fill(at, true);
      const wasPlaying = !video.paused;
      video.src = pathOf(next.stream_url);
      video.currentTime = at;
      return wasPlaying ? video.play() : null;
    },
    /** Fetch no more of a stream that another will replace: the server needs its processor for that. */
    leave() {
      fetching?.abort();
      fetching = null;
    },
    /** Jump to a second of the clip. */
    seek(at) {
      video.currentTime = at;
      if (Media && !isThere(at)) fill(at, false);
    },
    close() {
      fetching?.abort();
      stream = null;
      video.pause();
      URL.revokeObjectURL(video.src);
      video.removeAttribute("src");
      video.load();
    },
  };
}

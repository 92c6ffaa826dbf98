// Plays the stream of a clip: its pieces are appended as they come, and where the player jumps to
// is fetched first. Without Media Source Extensions the browser plays the address itself.

import { answer } from "../../api.js";
import { pathOf } from "../../format.js";

const Media = window.ManagedMediaSource ?? window.MediaSource;
const AHEAD_S = 0.05; // between two pieces, that count as one
const AFTER = { once: true };

/** `failed(error)` is called where a piece cannot be had; `error.status` 404: open the stream again. */
export function streamPlayer({ failed }) {
  const video = document.createElement("video");
  video.playsInline = true;
  video.disableRemotePlayback = true; // ManagedMediaSource plays nothing otherwise
  let stream = null;
  let buffer = null;
  let fetching = null; // AbortController of what is fetched

  const isThere = (at) => {
    const ranges = video.buffered;
    for (let n = 0; n < ranges.length; n++) {
      if (ranges.start(n) - AHEAD_S <= at && at < ranges.end(n) - AHEAD_S) return true;
    }
    return false;
  };

  /** Append a piece; the promise ends with the next one allowed. */
  function append(into, piece) {
    return new Promise((resolve, reject) => {
      into.addEventListener("updateend", resolve, AFTER);
      into.addEventListener("error", () => reject(new Error(video.error?.message)), AFTER);
      into.appendBuffer(piece);
    });
  }

  /** Fetch from a second of the clip to its end, and append what comes. */
  async function fill(from) {
    fetching?.abort();
    const mine = (fetching = new AbortController());
    const into = buffer; // another stream has another one
    try {
      const response = await answer("GET", pathOf(stream.stream_url), { query: { start: from.toFixed(3) }, signal: mine.signal });
      const reader = response.body.getReader();
      if (into.updating) await new Promise((resolve) => into.addEventListener("updateend", resolve, AFTER));
      if (mine.signal.aborted) return;
      into.abort(); // what was appended before may have ended within a piece
      for (;;) {
        const { done, value } = await reader.read();
        if (done || mine.signal.aborted) break;
        await append(into, value);
      }
      if (fetching === mine) fetching = null;
    } catch (error) {
      if (mine.signal.aborted) return;
      fetching = null;
      failed(error);
    }
  }

  function need() {
    if (stream && buffer && !isThere(Math.min(video.currentTime, stream.duration - 2 * AHEAD_S))) fill(video.currentTime);
  }

  video.addEventListener("seeking", need);
  video.addEventListener("waiting", () => fetching || need());

  return {
    video,
    /** Play another stream, from a second of it. */
    async load(next, at) {
      const wasPlaying = !video.paused && !video.ended;
      fetching?.abort();
      stream = next;
      buffer = null;
      if (!Media) {
        video.src = pathOf(next.stream_url);
        video.currentTime = at;
      } else {
        const media = new Media();
        const opened = new Promise((resolve) => media.addEventListener("sourceopen", resolve, AFTER));
        const before = video.src;
        video.src = URL.createObjectURL(media);
        URL.revokeObjectURL(before);
        await opened;
        if (stream !== next) return;
        media.duration = next.duration;
        buffer = media.addSourceBuffer(next.media_type);
        video.currentTime = at;
        fill(at);
      }
      if (wasPlaying) video.play().catch(() => {});
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

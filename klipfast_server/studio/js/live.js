// The progress of a job by server-sent events; an EventSource resumes them automatically.

import { get } from "./api.js";
import { pathOf } from "./format.js";

const AGAIN_MS = 3000;

/** Follow a job; `heard` gets (name, data) of each event. Returns a function that ends it. */
export function follow(jobId, heard) {
  let source = null;
  let stopped = false;
  let timer = 0;

  async function open() {
    try {
      const { url } = await get(`jobs/${jobId}/events/link`);
      if (stopped) return;
      source = new EventSource(pathOf(url));
      for (const name of ["progress", "clip", "end"]) {
        source.addEventListener(name, (event) => {
          if (name === "end") stop();
          heard(name, JSON.parse(event.data));
        });
      }
      source.addEventListener("open", () => heard("open", null));
      source.addEventListener("error", () => {
        heard("away", null);
        if (source.readyState === EventSource.CLOSED) again(); // its link has expired
      });
    } catch (error) {
      if (error.offline) again();
      else heard("lost", error);
    }
  }

  function again() {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(open, AGAIN_MS);
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  }

  open();
  return stop;
}

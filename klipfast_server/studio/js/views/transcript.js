// The transcript: search, speakers, the spoken word lit; a click on a word goes there.
//
// The words are made once, as plain elements: hours of talk have a hundred thousand of them, and the
// browser leaves out what is not in view (content-visibility).

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { clock } from "../format.js";
import { t } from "../strings.js";

export function transcriptPart({ seek, rename, update }) {
  let words = []; // { start, end, element }
  let list = null;
  let lit = -1;
  let text = "";
  let found = [];

  function load(spoken, speakers) {
    list = document.createElement("div");
    list.className = "transcript";
    words = [];
    let paragraph = null;
    let speaker;
    let n = 0;
    for (const sentence of spoken.sentences) {
      if (sentence.speaker !== speaker || !paragraph) {
        speaker = sentence.speaker;
        paragraph = row(sentence, speakers.indexOf(speaker));
        list.append(paragraph);
      }
      const line = paragraph.querySelector("p");
      for (; n < spoken.words.length && middle(spoken.words[n]) < sentence.end_seconds + 0.01; n++) {
        const element = document.createElement("span");
        element.textContent = spoken.words[n].text;
        element.dataset.n = words.length;
        line.append(element, " ");
        words.push({ start: spoken.words[n].start_seconds, end: spoken.words[n].end_seconds, element });
      }
    }
    list.addEventListener("click", (event) => {
      const n = event.target.dataset?.n;
      if (n !== undefined && String(getSelection()).length === 0) seek(words[n].start);
    });
  }

  const middle = (word) => (word.start_seconds + word.end_seconds) / 2;

  function row(sentence, color) {
    const section = document.createElement("section");
    const who = document.createElement("div");
    who.className = "who";
    const name = document.createElement("b");
    name.dir = "auto";
    name.textContent = sentence.speaker ?? t.talk.unknownSpeaker;
    name.className = `speaker-${(Math.max(0, color) % 6) + 1}`;
    const time = document.createElement("span");
    time.className = "dim";
    time.textContent = clock(sentence.start_seconds);
    who.append(name, time);
    const line = document.createElement("p");
    line.dir = "auto";
    section.append(who, line);
    return section;
  }

  /** Light the word that is spoken at `time`. */
  function show(time) {
    let [low, high] = [0, words.length];
    while (low < high) {
      const half = (low + high) >> 1;
      if (words[half].end <= time) low = half + 1;
      else high = half;
    }
    const next = words[low] && words[low].start <= time ? low : -1;
    if (next === lit) return;
    words[lit]?.element.classList.remove("now");
    words[next]?.element.classList.add("now");
    lit = next;
  }

  function search(event) {
    for (const n of found) words[n].element.classList.remove("found");
    text = event.target.value.trim().toLocaleLowerCase();
    const parts = text.split(/\s+/).filter(Boolean);
    found = [];
    for (let n = 0; parts.length && n + parts.length <= words.length; n++) {
      if (parts.every((part, k) => words[n + k].element.textContent.toLocaleLowerCase().includes(part))) {
        for (let k = 0; k < parts.length; k++) found.push(n + k);
      }
    }
    for (const n of found) words[n].element.classList.add("found");
    words[found[0]]?.element.scrollIntoView({ block: "center" });
    update();
  }

  const places = () => found.length / Math.max(1, text.split(/\s+/).filter(Boolean).length);

  function submit(event, speaker) {
    event.preventDefault();
    rename(speaker.label, new FormData(event.target).get("name").trim());
    event.target.closest("details").open = false;
  }

  return {
    load,
    show,
    view: (speakers) => html`
      <div class="tools">
        <input type="search" placeholder=${t.talk.search} aria-label=${t.talk.search} @input=${search}>
        <span class="dim" role="status">${text ? t.talk.found(places()) : nothing}</span>
        ${speakers.map(
          (speaker) => html`<details class="speaker"><summary><span dir="auto">${speaker.name ?? speaker.label}</span> ✎</summary>
            <form @submit=${(event) => submit(event, speaker)}><label>${t.talk.nameOf(speaker.label)}<input name="name" maxlength="80" dir="auto" .value=${speaker.name ?? speaker.suggested_name ?? ""}></label><button class="button">${t.talk.save}</button></form></details>`,
        )}
      </div>
      ${list}`,
  };
}

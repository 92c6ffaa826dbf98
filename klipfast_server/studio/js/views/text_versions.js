// The versions of a text: an earlier one beside the current one, what differs, and bringing it back.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { ago } from "../format.js";
import { t } from "../strings.js";

const BEGINNING = 80; // characters of a version in the list

/** `versions`: the current one first; `chosen`: the number of the earlier one to compare. */
export function textVersions(versions, { chosen, choose, restore }) {
  const [now, ...earlier] = versions;
  if (!earlier.length) return nothing;
  const before = earlier.find(({ version }) => version === chosen) ?? earlier[0];
  return html`<ol class="text-versions" aria-label=${t.texts.versions(versions.length)}>${versions.map((one) => html`<li>
      <span>${by(one)} <span class="dim">· ${ago(one.updated_at)}</span><br><span class="dim clamp" dir="auto">${keyOf(one.text).slice(0, BEGINNING)}</span></span>
      ${one === now ? html`<b>${t.texts.current}</b>` : html`<span class="actions">
        <button class="quiet" aria-pressed=${one === before} @click=${() => choose(one.version)}>${t.texts.compare}</button>
        <button class="button small" @click=${() => restore(one.version)}>${t.texts.restore}</button></span>`}</li>`)}</ol>
    <p class="differs" role="status">${t.texts.differs(differences(before, now))}</p>
    <div class="beside">${column(t.texts.before, before, now)}${column(t.texts.now, now, before)}</div>`;
}

const by = ({ author }) => t.texts.by[author] ?? author;

function column(name, text, other) {
  return html`<section><h3>${name}</h3><div class="words" dir="auto" tabindex="0" role="group" aria-label=${name}>${text.text ? marked(text.text, other.text) : text.reason}</div></section>`;
}

/** What the current version has that the earlier one has not. */
function differences(before, now) {
  if (before.text === now.text) return [t.texts.same];
  const [old, kept] = [before.options, now.options];
  return [
    t.texts.longer(wordsOf(now.text) - wordsOf(before.text)),
    keyOf(opening(before.text)) !== keyOf(opening(now.text)) && t.texts.otherOpening,
    old.hook !== kept.hook && t.texts.otherHook(t.texts.hooks[kept.hook]),
    old.length !== kept.length && t.texts.otherLength(t.texts.lengths[kept.length]),
    before.author !== now.author && now.author === "user" && t.texts.edited,
  ].filter(Boolean);
}

const wordsOf = (text) => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
const opening = (text) => text.trim().split("\n", 1)[0];

/** Sentences and lines, each with the space after it. */
const pieces = (text) => text.split(/(?<=[.!?…]["”’)]*\s+|[。！？\n])/u);

/** A sentence without what numbers its post or makes it a heading: that changes with its place. */
const keyOf = (piece) => piece.trim().replace(/^(\d+\/|#+)\s+/, "");

/** A text in which the sentences that the other lacks are marked; where they share none, no marks help. */
function marked(text, other) {
  const has = new Set(pieces(other).map(keyOf));
  const own = pieces(text);
  if (!own.some((piece) => keyOf(piece) && has.has(keyOf(piece)))) return text;
  return own.map((piece) => {
    if (!keyOf(piece) || has.has(keyOf(piece))) return piece;
    const words = piece.trimEnd();
    return html`<mark>${words}</mark>${piece.slice(words.length)}`;
  });
}

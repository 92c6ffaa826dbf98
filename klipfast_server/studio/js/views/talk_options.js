// The options of a new talk: their fields, and what they say to POST /process.

import { html, nothing } from "../../vendor/lit-html/lit-html.js";
import { secondsOf } from "../format.js";
import { t } from "../strings.js";

const LENGTHS = { short: [15, 30], long: [60, 180] };
const LANGUAGES = ["en", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "uk", "tr", "ja", "zh", "ko", "ar", "he", "hi", "sv", "da", "no", "fi", "cs", "el", "hu", "id", "vi", "th", "ro"];
const TEXTS = ["twitter_thread", "linkedin_post", "blog_post", "show_notes", "newsletter", "quote_cards"];
const USUAL_TEXTS = TEXTS.slice(0, 3);
const USUAL = { aspect_ratio: "9:16", layout: "auto", motion: "subtle", safe_area: "standard", quality: "balanced" };
const SELECTED = { ...USUAL, length: "normal" };
const SWITCHES = ["hook_title", "emphasis", "emoji", "remove_fillers", "clean_video"];
const MIN_RANGE_S = 5;
const MAX_RANGE_S = 86_400; // end of a range that has none: the server stops at the end of the talk
const MAX_TRANSCRIPT = 600_000; // characters

/** The fields in three parts, each field with what is wrong with it; `problems`: sentences by the API's names. */
export function optionFields(problems) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  const field = (name, label, control, wide = "") => html`<div class="field ${wide}"><label for="option-${name}">${label}</label>${control}${problem(problems, name)}</div>`;
  const select = (name, label, choices) => field(name, label, html`<select id="option-${name}" name=${name} aria-invalid=${flag(problems, name)} aria-describedby=${described(problems, name)}>${choices.map(
    ([value, words]) => html`<option value=${value} ?selected=${value === SELECTED[name]}>${words}</option>`,
  )}</select>`);
  const input = (name, label, { most, hint, wide, of = name }) => field(name, label, html`<input id="option-${name}" name=${name} maxlength=${most} dir="auto" autocomplete="off" placeholder=${hint ?? nothing}
    aria-invalid=${flag(problems, of)} aria-describedby=${described(problems, of)}>`, wide);
  const choices = (name) => select(name, t.editor.labels[name], Object.entries(t.editor[{ layout: "layouts", motion: "motions", safe_area: "safeAreas" }[name]]));
  return {
    prompt: () => input("prompt", t.add.prompt, { most: 500, hint: t.add.promptHint, wide: "wide-field" }),
    usual: () => html`
      ${select("aspect_ratio", t.add.ratio, Object.entries(t.add.ratios))}
      ${select("length", t.add.length, Object.entries(t.add.lengths))}
      ${select("clip_count", t.add.count, [["", t.add.countAuto], ...[1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20].map((n) => [n, n])])}
      ${select("language", t.add.language, [["", t.add.detect], ...LANGUAGES.map((code) => [code, names.of(code)])])}`,
    more: () => html`
      <fieldset id="option-kinds" aria-describedby=${described(problems, "kinds")}><legend>${t.add.kinds}</legend>
        <div class="checks">${Object.entries(t.job.kinds).map(([kind, label]) => check(`kind:${kind}`, label))}</div>${problem(problems, "kinds")}
        <div class="fields">${input("keywords", t.add.keywords, { most: 500, hint: t.add.keywordsHint, wide: "wide-field" })}</div>
      </fieldset>
      <fieldset><legend>${t.add.theTalk}</legend><div class="fields">
        ${input("title", t.add.titleField, { most: 200 })}
        <div id="option-range"><div class="pair">
          ${input("range_start", t.add.from, { most: 12, hint: t.add.fromHint, of: "range" })}
          ${input("range_end", t.add.to, { most: 12, hint: t.add.toHint, of: "range" })}</div>
          ${problem(problems, "range")}</div>
        ${field("vocabulary", t.add.vocabulary, html`<textarea id="option-vocabulary" name="vocabulary" rows="2" maxlength="10000" dir="auto" placeholder=${t.add.vocabularyHint}
          aria-invalid=${flag(problems, "vocabulary")} aria-describedby=${described(problems, "vocabulary")}></textarea>`, "wide-field")}
        ${field("transcript", t.add.transcript, html`<input id="option-transcript" name="transcript" type="file" accept=".srt,.vtt,.txt,text/plain,text/vtt"
          aria-invalid=${flag(problems, "transcript")} aria-describedby=${described(problems, "transcript")}>`, "wide-field")}
      </div></fieldset>
      <fieldset><legend>${t.add.captions}</legend><div class="checks">
        ${check("hook_title", t.add.hook)} ${check("emphasis", t.add.emphasis)} ${check("emoji", t.editor.labels.emoji)} ${check("clean_video", t.editor.labels.clean_video)}
      </div></fieldset>
      <fieldset><legend>${t.add.sound}</legend><div class="checks">
        ${check("remove_silences", t.add.silences)} ${check("remove_fillers", t.add.fillers)} ${check("profanity", t.add.profanity)}
      </div></fieldset>
      <fieldset><legend>${t.add.picture}</legend><div class="fields">
        ${choices("layout")} ${choices("motion")} ${choices("safe_area")} ${select("quality", t.add.quality, Object.entries(t.add.qualities))}
      </div></fieldset>
      <fieldset><legend>${t.add.texts}</legend><div class="checks">
        ${TEXTS.map((name) => check(`text:${name}`, t.add.textNames[name], USUAL_TEXTS.includes(name)))}
      </div></fieldset>`,
  };
}

const flag = (problems, name) => (problems[name] ? "true" : nothing);
const described = (problems, name) => (problems[name] ? `problem-${name}` : nothing);

function problem(problems, name) {
  return problems[name] ? html`<p class="bad" id="problem-${name}" role="alert">${problems[name]}</p>` : nothing;
}

function check(name, label, usual = false) {
  return html`<label class="check"><input type="checkbox" name=${name} ?checked=${usual}><span>${label}</span></label>`;
}

/** The API's field that a refusal is about, if the page shows it; "range.start" is of "range". */
export function fieldOf(error) {
  const name = /^\w+/.exec(error.field ?? "")?.[0];
  return name && document.getElementById(`option-${name}`) ? name : null;
}

/** The body of POST /process without its video, and what is wrong by field; what is as usual is left out. */
export async function readOptions(form, usualStyle) {
  const problems = {};
  const changed = (name) => (form.get(name) && form.get(name) !== USUAL[name] ? form.get(name) : undefined);
  const on = (name, value = true) => (form.has(name) ? value : undefined);
  const listed = (name) => filled((form.get(name) ?? "").split(/[,\n]/).map((word) => word.trim()).filter(Boolean));
  const texts = TEXTS.filter((name) => form.has(`text:${name}`));
  const [min_duration, max_duration] = LENGTHS[form.get("length")] ?? [];
  const body = {
    caption_style: form.get("caption_style") === usualStyle ? undefined : (form.get("caption_style") ?? undefined),
    min_duration,
    max_duration,
    clip_count: Number(form.get("clip_count")) || undefined,
    prompt: form.get("prompt")?.trim() || undefined,
    title: form.get("title")?.trim() || undefined,
    keywords: listed("keywords"),
    vocabulary: listed("vocabulary"),
    kinds: filled(Object.keys(t.job.kinds).filter((kind) => form.has(`kind:${kind}`))),
    range: rangeOf(form, problems),
    transcript: await transcriptOf(form.get("transcript"), problems),
    remove_silences: on("remove_silences", "natural"),
    profanity: on("profanity", "mask"),
    text_outputs: `${texts}` === `${USUAL_TEXTS}` ? undefined : texts,
  };
  for (const name of ["language", "brand_id", ...Object.keys(USUAL)]) body[name] = changed(name);
  for (const name of SWITCHES) body[name] = on(name);
  return { body, problems };
}

const filled = (list) => (list.length ? list : undefined);

function rangeOf(form, problems) {
  const [from, to] = ["range_start", "range_end"].map((name) => (form.get(name) ?? "").trim());
  if (!from && !to) return undefined;
  const [start, end] = [from ? secondsOf(from) : 0, to ? secondsOf(to) : MAX_RANGE_S];
  if (start === null || end === null) problems.range = t.add.badTime(start === null ? from : to);
  else if (end - start < MIN_RANGE_S) problems.range = t.add.badRange;
  return { start, end };
}

async function transcriptOf(file, problems) {
  if (!file?.name) return undefined;
  const text = file.size > 4 * MAX_TRANSCRIPT ? null : await file.text(); // a character has at most four bytes
  if (text === null || [...text].length > MAX_TRANSCRIPT) problems.transcript = t.add.longTranscript;
  else if (!text.trim()) problems.transcript = t.add.emptyTranscript;
  return text;
}

// Brands: how clips of the account look. What is not offered here (docs/brands.md) stays as it is.

import { html, nothing } from "../../../vendor/lit-html/lit-html.js";
import { answer, get, patch, post, remove, send } from "../../api.js";
import { bytes } from "../../format.js";
import { t } from "../../strings.js";

const CORNERS = ["top_left", "top_right", "bottom_left", "bottom_right"];
const POSITIONS = ["bottom", "middle", "top"];
const ACCEPTED = { logo: "image/png,image/jpeg,image/webp", font: ".ttf,.otf,font/ttf,font/otf", intro: "video/*", outro: "video/*" };
// Colors of captions, and what a picker shows where the style has its own.
const COLORS = { text_color: "#FFFFFF", spoken_color: "#FFD54A", key_color: "#FF6A3D", outline_color: "#000000", box_color: "#000000" };
const LOGO = { corner: "top_right", opacity: 0.9, width: 0.16, margin: 0 };
const USUAL = { background: "#14161C", text: "#FFFFFF" };
const TITLE_S = 2;
const ACTION_S = 3;

export async function openBrands({ act, update, rest: [id] }) {
  const [{ brands }, { styles }] = await Promise.all([get("brands"), get("caption-styles")]);
  const previews = new Map(); // brand → address of a picture, which was drawn by its updated_at
  const state = { brands, shape: "9:16", busy: "", changed: false };
  let closed = false;

  const brandNow = () => state.brands.find((brand) => brand.brand_id === id);
  const versionOf = (brand, shape) => `${brand.brand_id} ${shape} ${brand.updated_at} ${JSON.stringify(brand.files)}`;

  async function draw(brand, shape = "9:16") {
    const version = versionOf(brand, shape);
    if (previews.has(version)) return;
    previews.set(version, "");
    try {
      const response = await answer("GET", `brands/${brand.brand_id}/preview`, { query: { aspect_ratio: shape } });
      const picture = URL.createObjectURL(await response.blob());
      if (closed) return URL.revokeObjectURL(picture);
      previews.set(version, picture);
      update();
    } catch {
      previews.delete(version); // drawn when it is looked at again
    }
  }

  function put(brand) {
    state.brands = [...state.brands.filter((other) => other.brand_id !== brand.brand_id), brand].sort((a, b) => a.created_at.localeCompare(b.created_at));
    draw(brand, state.shape);
  }

  const erase = (brand) =>
    confirm(t.brands.removeAsk(brand.name)) &&
    act(async () => {
      await remove(`brands/${brand.brand_id}`);
      state.brands = state.brands.filter((other) => other !== brand);
      if (id) location.hash = "#/settings/brands";
    });

  async function save(event) {
    event.preventDefault();
    const body = settingsOf(new FormData(event.target), brandNow());
    state.busy = "save";
    const saved = await act(async () => {
      const brand = brandNow() ? await patch(`brands/${id}`, body) : await post("brands", body);
      state.changed = false;
      put(brand);
      if (!brandNow()) location.hash = `#/settings/brands/${brand.brand_id}`; // where files can be given to it
    });
    state.busy = "";
    update();
    if (saved) document.querySelector(".brand-preview")?.scrollIntoView({ block: "nearest" });
  }

  async function give(kind, file) {
    if (!file) return;
    state.busy = kind;
    update();
    await act(async () => put(await send("PUT", `brands/${id}/${kind}`, file)));
    state.busy = "";
    update();
  }

  const take = (kind) => confirm(t.brands.removeFileAsk(t.brands.files[kind])) && act(async () => { await remove(`brands/${id}/${kind}`); put(await get(`brands/${id}`)); });

  for (const brand of state.brands) draw(brand);
  return {
    close() {
      closed = true;
      for (const picture of previews.values()) if (picture) URL.revokeObjectURL(picture);
    },
    isUnsaved: () => state.changed,
    view: () => (id ? editor() : list()),
  };

  function list() {
    return html`<section class="card"><div class="card-head"><div><h2>${t.settings.tabs.brands}</h2><p class="dim">${t.brands.lead}</p></div><a class="button primary" href="#/settings/brands/new">${t.brands.add}</a></div>
      ${state.brands.length ? nothing : html`<p class="state">${t.brands.none}</p>`}
      <ul class="brands plain">${state.brands.map((brand) => html`<li class="panel brand-item">${picture(brand, "9:16")}
        <div class="brand-words"><h3 dir="auto" class="clamp" title=${brand.name}>${brand.name}</h3><p class="dim">${[brand.caption_style ? brand.caption_style.base.replaceAll("_", " ") : t.brands.styleOfRequest, ...Object.keys(ACCEPTED).filter((kind) => brand.files[kind]).map((kind) => t.brands.files[kind])].join(" · ")}</p>
        <div class="actions"><a class="button" href="#/settings/brands/${brand.brand_id}">${t.brands.edit}</a><button class="button danger" aria-label="${t.settings.remove} ${brand.name}" @click=${() => erase(brand)}>${t.settings.remove}</button></div></div></li>`)}</ul></section>`;
  }

  function picture(brand, shape) {
    const address = previews.get(versionOf(brand, shape));
    return html`<span class="brand-picture">${address ? html`<img src=${address} alt=${t.brands.previewOf(brand.name)}>` : nothing}</span>`;
  }

  function editor() {
    const brand = brandNow();
    if (!brand && id !== "new") return html`<p class="state" role="alert">${t.errors.gone}</p>`;
    const given = brand ?? { name: "", caption_style: null, logo: LOGO, colors: USUAL, title_card: null, call_to_action: null, intro: true, outro: true, files: {} };
    const style = given.caption_style ?? {};
    const logo = given.logo ?? LOGO;
    return html`<p><a href="#/settings/brands">← ${t.brands.all}</a></p>
      <div class="brand-editor"><form class="card" @submit=${save} @input=${() => (state.changed = true)}>
        <h2 dir="auto">${brand ? brand.name : t.brands.add}</h2>
        <label class="field-wide">${t.brands.name}<input name="name" required maxlength="100" dir="auto" .value=${given.name}></label>
        <fieldset><legend>${t.brands.captions}</legend>
          <div class="fields">
            <label>${t.brands.base}<select name="base"><option value="" ?selected=${!given.caption_style}>${t.brands.styleOfRequest}</option>${styles.map(({ name }) => html`<option value=${name} ?selected=${name === style.base}>${name.replaceAll("_", " ")}</option>`)}</select></label>
            <label>${t.brands.position}<select name="position"><option value="">${t.brands.asStyle}</option>${POSITIONS.map((name) => html`<option value=${name} ?selected=${name === style.position}>${t.brands.positions[name]}</option>`)}</select></label>
            <label>${t.brands.letters}<select name="uppercase"><option value="">${t.brands.asStyle}</option><option value="true" ?selected=${style.uppercase === true}>${t.brands.capitals}</option><option value="false" ?selected=${style.uppercase === false}>${t.brands.asSpoken}</option></select></label>
          </div>
          <div class="colors">${Object.entries(COLORS).map(([name, usual]) => ownColor(name, t.brands.colors[name], style[name], usual))}</div>
          <p class="dim">${t.brands.captionsHint}</p>
        </fieldset>
        <fieldset><legend>${t.brands.logo}</legend>
          <div class="checks">${check("logo_shown", t.brands.shown, Boolean(given.logo))}</div>
          <div class="fields">
            <label>${t.brands.corner}<select name="corner">${CORNERS.map((name) => html`<option value=${name} ?selected=${name === logo.corner}>${t.brands.corners[name]}</option>`)}</select></label>
            ${slider("width", t.brands.width, logo.width, 0.03, 0.5)} ${slider("opacity", t.brands.opacity, logo.opacity, 0.05, 1)}
          </div>
        </fieldset>
        <fieldset><legend>${t.brands.cards}</legend>
          <div class="colors">${color("background", t.brands.background, given.colors.background)} ${color("text", t.brands.text, given.colors.text)}</div>
          <div class="checks">${check("title_card", t.brands.titleCard, Boolean(given.title_card))} ${check("intro", t.brands.showIntro, given.intro)} ${check("outro", t.brands.showOutro, given.outro)}</div>
          <label class="field-wide">${t.brands.action}<input name="action" maxlength="120" dir="auto" placeholder=${t.brands.actionHint} .value=${given.call_to_action?.text ?? ""}></label>
        </fieldset>
        <div class="actions"><button class="button primary" ?disabled=${Boolean(state.busy)}>${brand ? t.brands.save : t.brands.create}</button>${brand ? html`<button type="button" class="button danger" @click=${() => erase(brand)}>${t.settings.remove}</button>` : nothing}</div>
      </form>
      ${brand ? aside(brand) : nothing}</div>`;
  }

  function aside(brand) {
    draw(brand, state.shape);
    return html`<div class="brand-side"><section class="card brand-preview"><h2>${t.brands.preview}</h2>
        <div class="pills" role="group" aria-label=${t.add.ratio}>${Object.keys(t.add.ratios).map((shape) => html`<button aria-pressed=${shape === state.shape} @click=${() => { state.shape = shape; update(); }}>${shape}</button>`)}</div>
        ${picture(brand, state.shape)}<p class="dim">${t.brands.previewLead}</p></section>
      <section class="card"><h2>${t.brands.filesTitle}</h2><ul class="plain">${Object.keys(ACCEPTED).map((kind) => fileOf(brand, kind))}</ul></section></div>`;
  }

  function fileOf(brand, kind) {
    const file = brand.files[kind];
    const facts = file && [file.family, file.width && `${file.width} × ${file.height}`, file.duration_seconds && `${file.duration_seconds.toFixed(1)} s`, bytes(file.size_bytes)].filter(Boolean).join(" · ");
    return html`<li class="brand-file"><div><b>${t.brands.files[kind]}</b><div class="dim" dir="auto">${state.busy === kind ? t.brands.uploading : facts || t.brands.accepted[kind]}</div></div>
      <span class="actions"><label class="button ${state.busy ? "disabled" : ""}">${file ? t.brands.replace : t.brands.upload}<input class="hidden-file" type="file" accept=${ACCEPTED[kind]} ?disabled=${Boolean(state.busy)} aria-label="${file ? t.brands.replace : t.brands.upload}: ${t.brands.files[kind]}" @change=${(event) => { give(kind, event.target.files[0]); event.target.value = ""; }}></label>
      ${file ? html`<button class="button danger" aria-label="${t.settings.remove}: ${t.brands.files[kind]}" @click=${() => take(kind)}>${t.settings.remove}</button>` : nothing}</span></li>`;
  }
}

/** A color that may be left to the style. */
function ownColor(name, label, value, usual) {
  const own = Boolean(value) && value !== "none";
  return html`<span class="own-color"><label class="check"><input type="checkbox" name="own:${name}" ?checked=${own}><span>${label}</span></label>
    <input type="color" name=${name} aria-label=${label} .value=${(own ? value : usual).slice(0, 7).toLowerCase()} @input=${(event) => (event.target.form.elements[`own:${name}`].checked = true)}></span>`;
}

const color = (name, label, value) => html`<label class="own-color"><span>${label}</span><input type="color" name=${name} .value=${value.slice(0, 7).toLowerCase()}></label>`;
const check = (name, label, on) => html`<label class="check"><input type="checkbox" name=${name} ?checked=${on}><span>${label}</span></label>`;
const slider = (name, label, value, least, most) => html`<label>${label}<input type="range" name=${name} min=${least} max=${most} step="0.01" .value=${String(value)}></label>`;

/** The body of a new or changed brand; what the form does not show is kept. */
function settingsOf(form, brand) {
  const body = { name: form.get("name").trim() };
  const base = form.get("base");
  body.caption_style = base ? { ...brand?.caption_style, base } : null;
  if (base) {
    const style = body.caption_style;
    const set = (name, value) => (value === null ? delete style[name] : (style[name] = value));
    for (const name of Object.keys(COLORS)) {
      const before = style[name];
      const picked = form.get(name).toUpperCase();
      if (form.has(`own:${name}`)) set(name, before?.slice(0, 7).toUpperCase() === picked ? before : picked); // with its transparency
      else if (before !== "none") set(name, null);
    }
    set("position", form.get("position") || null);
    set("uppercase", form.get("uppercase") ? form.get("uppercase") === "true" : null);
  }
  const place = { ...LOGO, ...brand?.logo, corner: form.get("corner"), width: Number(form.get("width")), opacity: Number(form.get("opacity")) };
  body.logo = form.has("logo_shown") ? place : null;
  body.colors = { background: form.get("background").toUpperCase(), text: form.get("text").toUpperCase() };
  body.title_card = form.has("title_card") ? (brand?.title_card ?? { seconds: TITLE_S }) : null;
  const action = form.get("action").trim();
  body.call_to_action = action ? { seconds: ACTION_S, ...brand?.call_to_action, text: action } : null;
  body.intro = form.has("intro");
  body.outro = form.has("outro");
  return body;
}

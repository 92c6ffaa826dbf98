// The API's pages: theme, copy buttons, finding a call, the section that is read, trying a call.

import { key } from "./session.js";
import { turn } from "./theme.js";

const COPIED_MS = 1500;
const words = { copy: "Copy", copied: "Copied", attempt: "Try it", send: "Send", body: "Body", key: "API key (leave empty to use your sign-in)", query: "Query", file: "The response is a file." };

function element(name, { text, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

document.getElementById("theme").addEventListener("click", turn);

for (const code of document.querySelectorAll(".code")) {
  const button = element("button", { className: "copy", type: "button", text: words.copy });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.querySelector("pre").textContent);
    button.textContent = words.copied;
    setTimeout(() => (button.textContent = words.copy), COPIED_MS);
  });
  code.append(button);
}

const calls = [...document.querySelectorAll(".calls li[data-words]")];
const shown = new Set(calls.filter((call) => !call.hidden));
document.getElementById("find").addEventListener("input", (event) => {
  const parts = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const call of calls) {
    const text = call.dataset.words.toLowerCase();
    call.hidden = parts.length ? !parts.every((part) => text.includes(part)) : !shown.has(call);
  }
});

const reader = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    for (const call of calls) {
      const link = call.querySelector("a");
      if (link.hash === `#${target.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}, { rootMargin: "-10% 0px -80% 0px" });
for (const section of document.querySelectorAll("section[id]")) reader.observe(section);

for (const place of document.querySelectorAll(".try-here")) {
  if (place.dataset.streams !== "True") place.replaceWith(attempt(place.dataset));
}

/** A form that sends a call, and what it answers. */
function attempt({ method, path, query, body }) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
  const fields = names.map((name) => field(name, element("input", { name, required: true })));
  if (method === "GET") fields.push(field(words.query, element("input", { name: "?", value: query })));
  if (body) fields.push(field(words.body, element("textarea", { name: "body", rows: 6, value: body })));
  const keyInput = element("input", { name: "key", type: "password", autocomplete: "off", value: key() ?? "" });
  const output = element("output");
  const form = element("form", {}, ...fields, field(words.key, keyInput), element("button", { text: words.send }), output);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const at = names.reduce((sofar, name) => sofar.replace(`{${name}}`, encodeURIComponent(given.get(name))), path);
    const secret = given.get("key").trim();
    const headers = secret ? { Authorization: `Bearer ${secret}` } : {};
    if (body) headers["Content-Type"] = "application/json";
    const told = await send(at + (given.get("?") ?? ""), { method, headers, body: body ? given.get("body") : undefined, credentials: "same-origin" });
    output.replaceChildren(element("pre", { tabIndex: 0, text: told }));
  });
  return element("details", { className: "try" }, element("summary", { text: words.attempt }), form);
}

function field(name, input) {
  return element("label", { text: name }, input);
}

async function send(address, options) {
  try {
    const response = await fetch(address, options);
    const type = response.headers.get("Content-Type") ?? "";
    const text = /json|text|xml|subrip/.test(type) ? await response.text() : type && words.file;
    return `${response.status} ${response.statusText}\n\n${type.includes("application/json") ? JSON.stringify(JSON.parse(text), null, 2) : text}`;
  } catch (error) {
    return error.message;
  }
}

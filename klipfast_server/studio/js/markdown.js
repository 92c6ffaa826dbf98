// An article as a reader sees it, from the Markdown that the server writes: headings, paragraphs,
// lists, quotations, emphasis and links. Every text becomes text, whatever is in it.

import { html } from "../vendor/lit-html/lit-html.js";

const INLINE = /\\([\\`*_{}[\]()#+\-.!>~|])|\*\*(.+?)\*\*|\*(.+?)\*|\[([^\]]*)\]\((https?:\/\/[^\s)]+)\)/g;
const HEADING = /^(#{1,6})\s+(.*)$/s;
const NUMBERED = /^\d+[.)]\s+/;
const BULLET = /^[-*]\s+/;

export function formatted(markdown) {
  return markdown.split(/\n{2,}/).map((part) => block(part.trimEnd()));
}

function block(text) {
  const heading = HEADING.exec(text);
  if (heading) return heading[1].length === 1 ? html`<h3 class="article-title">${inline(heading[2])}</h3>` : html`<h4>${inline(heading[2])}</h4>`;
  const lines = text.split("\n");
  if (lines.every((line) => NUMBERED.test(line))) return html`<ol>${items(lines, NUMBERED)}</ol>`;
  if (lines.every((line) => BULLET.test(line))) return html`<ul>${items(lines, BULLET)}</ul>`;
  if (lines.every((line) => line.startsWith(">"))) return html`<blockquote>${formatted(lines.map((line) => line.replace(/^>\s?/, "")).join("\n"))}</blockquote>`;
  if (/^(-{3,}|\*{3,})$/.test(text)) return html`<hr>`;
  return html`<p>${lines.map((line, n) => (n ? [html`<br>`, inline(line)] : inline(line)))}</p>`;
}

const items = (lines, mark) => lines.map((line) => html`<li>${inline(line.replace(mark, ""))}</li>`);

function inline(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    found.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const [, escaped, strong, emphasis, label, link] = match;
    if (escaped) found.push(escaped);
    else if (strong) found.push(html`<strong>${inline(strong)}</strong>`);
    else if (emphasis) found.push(html`<em>${inline(emphasis)}</em>`);
    else found.push(html`<a href=${link} rel="noreferrer noopener" target="_blank">${inline(label)}</a>`);
  }
  return [...found, text.slice(end)];
}

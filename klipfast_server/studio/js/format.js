// Numbers, times and sizes as a person reads them.

const NUMBER = new Intl.NumberFormat(document.documentElement.lang);

export const count = (value) => NUMBER.format(value);

/** 75.4 → "1:15", 3675 → "1:01:15". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** 75.4 → "1:15.4", for what is edited. */
export function fineClock(seconds) {
  return `${clock(seconds)}.${Math.floor((seconds % 1) * 10)}`;
}

const TYPED = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)$/;

/** "1:02:03", "62:03" or "3723.5" → seconds; null if a text is no time. */
export function secondsOf(text) {
  const [, h, m, s] = TYPED.exec(text.trim()) ?? [];
  if (s === undefined || (m && parseFloat(s) >= 60) || (h && m >= 60)) return null;
  return 3600 * (h ?? 0) + 60 * (m ?? 0) + Number(s.replace(",", "."));
}

/** 95 → "2 min", 20 → "20 s": how long something takes. */
export function span(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function bytes(value) {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(3, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  const shown = value / 1000 ** power;
  return `${power && shown < 10 ? shown.toFixed(1) : Math.round(shown)} ${units[power]}`;
}

export function date(moment) {
  return new Date(moment).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

const FOREVER = 9999; // year in which what is kept until it is deleted expires

/** Whether something is deleted at a moment, and not only by hand. */
export const expires = (moment) => Boolean(moment) && new Date(moment).getUTCFullYear() < FOREVER;

export function dateTime(moment) {
  return new Date(moment).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

/** "5 minutes ago" */
export function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1000;
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  }
  return "just now";
}

/** "in 5 minutes" */
export function until(moment) {
  const seconds = (new Date(moment) - Date.now()) / 1000;
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return relative.format(Math.max(1, Math.round(seconds)), "second");
}

/** A link of the server, as the page asks for it: from where the page itself came. */
export function pathOf(url) {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

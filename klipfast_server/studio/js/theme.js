// Light or dark: what somebody chose here, otherwise what the system prefers.

const KEY = "klipfast.theme"; // in localStorage

export const isDark = () =>
  (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

export function turn() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(KEY, theme);
}

const stored = localStorage.getItem(KEY);
if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;

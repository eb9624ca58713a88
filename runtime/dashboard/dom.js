// Elements, and numbers as people read them. Nothing here parses HTML: what a
// provider or client said becomes text and nothing else.

/** An element: `h("b", {class: "x", onclick: f}, "text", child)`. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function fill(at, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) at.addEventListener(name.slice(2), value);
    else if (name === "colour") at.style.setProperty("--c", value);
    else if (name === "width%") at.style.width = `${value}%`;
    else at.setAttribute(name, value === true ? "" : value);
  }
  at.append(...children.flat(Infinity).filter(x => x !== null && x !== undefined && x !== false)
    .map(x => (x instanceof Node ? x : String(x))));
  return at;
}

export const $ = id => document.getElementById(id);

export function put(where, ...children) {
  where.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

/** Buttons of which one is pressed. */
export function choices(where, options, chosen, choose) {
  put(where, Object.entries(options).map(([value, label]) =>
    h("button", {"aria-pressed": String(value === chosen), onclick: () => {
      for (const b of where.children) b.setAttribute("aria-pressed", String(b.textContent === label));
      choose(value);
    }}, label)));
}

// --- colours ---------------------------------------------------------------

const known = {gemini: 0, claude: 1, chatgpt: 2, grok: 3, ollama: 4};
const given = new Map();

/** A provider has the same colour everywhere. */
export function colourOf(provider) {
  if (provider in known) return `var(--c${known[provider]})`;
  if (!given.has(provider)) given.set(provider, 5 + given.size % 3);
  return `var(--c${given.get(provider)})`;
}

/** Colours of a ranking that is not one of providers. */
export const rankColour = i => `var(--c${[0, 1, 2, 3, 5, 6, 7][i % 7]})`;

// --- numbers ---------------------------------------------------------------

export function money(x) {
  const size = Math.abs(x);
  if (size < 1e-9) return "$0";
  const digits = size >= 1000 ? 0 : size >= 0.1 ? 2 : Math.min(6, Math.ceil(-Math.log10(size)) + 1);
  return `${x < 0 ? "−" : ""}$${size.toLocaleString("en", {minimumFractionDigits: digits, maximumFractionDigits: digits})}`;
}

export function count(x) {
  if (x >= 1e6) return `${(x / 1e6).toFixed(x >= 1e7 ? 0 : 1)} M`;
  if (x >= 1e4) return `${(x / 1e3).toFixed(x >= 1e5 ? 0 : 1)} k`;
  return Math.round(x).toLocaleString("en");
}

export function span(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function ago(when, now = Date.now()) {
  const seconds = (now - when) / 1000;
  return seconds < 5 ? "now" : `${span(Math.floor(seconds))} ago`;
}

export const clock = when => new Date(when).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"});

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** Amounts of a limit, by its kind. */
export function amount(kind, x) {
  if (kind === "usd") return money(x);
  if (kind === "plan") return `${(x * 100).toFixed(0)} %`;
  return count(x);
}

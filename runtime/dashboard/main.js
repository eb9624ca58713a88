// Puts the page together: what changed is drawn, the rest stays.

import {$, h, put, choices, span, ago} from "./dom.js";
import {state, start, setDays, requests} from "./live.js";
import * as views from "./views.js";

const look = {minutes: 30, measure: "cost_usd", group: "provider", days: 30, speed: "whole", filter: ""};

// --- light and dark ----------------------------------------------------------

const dark = matchMedia("(prefers-color-scheme: dark)");
const themes = ["system", "light", "dark"];

function theme() {
  const chosen = localStorage.getItem("smart-agents-theme") ?? "system";
  document.documentElement.dataset.theme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  put($("theme-name"), chosen);
}

function nextTheme() {
  const now = localStorage.getItem("smart-agents-theme") ?? "system";
  localStorage.setItem("smart-agents-theme", themes[(themes.indexOf(now) + 1) % themes.length]);
  theme();
}

theme();
dark.addEventListener("change", theme);
$("theme").addEventListener("click", nextTheme);

// --- drawing -----------------------------------------------------------------

function header() {
  const s = state.status;
  const stale = state.seen > 0 && Date.now() - state.seen > 10000;
  const ready = $("ready");
  ready.className = `pill ${!s || state.trouble ? "bad" : s.ready ? "good" : "warn"}`;
  ready.textContent = !s ? "no connection" : state.trouble ? "no connection" : s.ready ? "ready" : "not ready";
  ready.title = s?.reasons?.join("\n") ?? "";
  if (!s && !state.trouble) { ready.className = "pill"; ready.textContent = "connecting"; }
  $("simulated").hidden = !s?.simulated;
  const live = $("live");
  live.className = `live ${state.trouble ? "off" : "on"}`;
  put(live, h("span", {}, state.trouble ? (state.seen ? `since ${ago(state.seen).replace(" ago", "")}` : "off") : state.channel));
  const banner = $("banner");
  banner.hidden = !state.trouble && !(s && !s.ready);
  if (state.trouble)
    banner.textContent = state.trouble + (stale ? ` What you see is ${span((Date.now() - state.seen) / 1000)} old.` : "");
  else if (s && !s.ready)
    banner.textContent = `Not ready: ${s.reasons.join("; ")}.`;
  if (s) {
    put($("foot"), h("span", {}, `smart-agents ${s.version}`), h("span", {}, `up ${span(Math.floor(s.uptime_seconds))}`),
      s.storage?.path && h("span", {}, "ledger ", h("code", {}, s.storage.path)),
      s.storage?.pending > 0 && h("span", {}, `${s.storage.pending} rows on their way to it`),
      h("span", {}, "days by UTC"));
  }
  document.title = s && !s.ready ? "! Smart Agents" : "Smart Agents";
}

let due = new Set();
let frame = 0;

function drawAll() {
  frame = 0;
  const what = due;
  due = new Set();
  const all = what.has("all");
  header();
  const list = requests();
  if (all || what.has("usage") || what.has("status")) views.tiles();
  if (all || what.has("status") || what.has("activity")) views.providers();
  if (all || what.has("status")) views.quota();
  if (what.has("tasks")) views.jobs(list);
  if (all || what.has("activity")) {
    if (!selecting("decisions")) views.decisions(list, look.filter);
    views.jobs(list);
    views.speed(look.speed);
  }
  if (all || what.has("activity") || what.has("status")) { views.errors(); views.flows(list, look.minutes); }
  if (all || what.has("usage")) views.moneyByDay(look);
}

/** Whoever marks text to copy it must not lose it. */
function selecting(id) {
  const chosen = getSelection();
  return chosen && !chosen.isCollapsed && $(id).contains(chosen.anchorNode);
}

function draw(what) {
  due.add(what);
  frame ||= requestAnimationFrame(drawAll);
}

const redraw = () => draw("all");

choices($("flow-span"), {5: "5 min", 30: "30 min", 180: "3 h", 1440: "24 h"}, String(look.minutes), v => { look.minutes = Number(v); redraw(); });
choices($("money-measure"), {cost_usd: "Spent", saved_usd: "Saved", attempts: "Calls", tokens: "Tokens"}, look.measure, v => { look.measure = v; redraw(); });
choices($("money-group"), {provider: "Provider", model: "Model", origin: "Skill", type: "Task"}, look.group, v => { look.group = v; redraw(); });
choices($("money-days"), {7: "7 d", 30: "30 d", 90: "90 d"}, String(look.days), v => { look.days = Number(v); setDays(look.days); });
choices($("speed-what"), {whole: "whole", first: "first byte"}, look.speed, v => { look.speed = v; redraw(); });
$("filter").addEventListener("input", e => { look.filter = e.target.value; draw("activity"); });
let seenWidth = 0;
new ResizeObserver(() => { if (seenWidth !== innerWidth) { seenWidth = innerWidth; redraw(); } }).observe(document.body);
setInterval(() => { if (!document.hidden) draw("tick"); }, 1000);

// --- pointing, keys, dialogs ---------------------------------------------------

const tip = $("tip");
document.addEventListener("pointermove", e => {
  const at = e.target instanceof Element ? e.target.closest("[data-tip]") : null;
  tip.hidden = !at;
  if (!at) return;
  tip.textContent = at.dataset.tip;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(6, Math.min(innerWidth - box.width - 6, e.clientX + 12))}px`;
  tip.style.top = `${e.clientY + 16 + box.height > innerHeight ? e.clientY - box.height - 10 : e.clientY + 16}px`;
});
document.addEventListener("scroll", () => { tip.hidden = true; }, true);

const keys = $("keys");
$("help").addEventListener("click", () => keys.showModal());

function section(step) {
  const all = [...document.querySelectorAll("main > section")];
  const now = all.findIndex(x => x.getBoundingClientRect().top > 50);
  const current = now < 0 ? all.length - 1 : now;
  const next = all[Math.max(0, Math.min(all.length - 1, step > 0 ? current + (all[current].getBoundingClientRect().top < 80 ? 1 : 0) : current - 1))];
  scrollTo({top: next.getBoundingClientRect().top + scrollY - 64});
  next.tabIndex = -1;
  next.focus({preventScroll: true});
}

document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
  if (e.target instanceof HTMLInputElement) {
    if (e.key === "Escape") { e.target.value = ""; e.target.dispatchEvent(new Event("input")); e.target.blur(); }
    return;
  }
  const does = {"/": () => $("filter").focus(), t: nextTheme, "?": () => keys.showModal(), j: () => section(1), k: () => section(-1)}[e.key];
  if (does) { e.preventDefault(); does(); }
});

function askKey() {
  const dialog = $("ask-key");
  dialog.showModal();
  return new Promise(done => dialog.addEventListener("close", () => {
    const key = $("key").value.trim();
    $("key").value = "";
    done(dialog.returnValue === "ok" ? key : "");
  }, {once: true}));
}

redraw();
start(draw, askKey);

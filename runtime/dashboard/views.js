// The sections of the page, each from the state to elements.

import {h, put, $, colourOf, rankColour, money, count, span, ago, clock, plural, amount} from "./dom.js";
import {state, trees} from "./live.js";
import {sparkline, heartbeat, bullet, flow, stack, strip, asTable} from "./plots.js";

const empty = (...what) => h("div", {class: "empty"}, what);
const dot = (provider, cls = "") => h("i", {class: `dot ${cls}`, colour: provider ? colourOf(provider) : undefined});
const width = el => Math.max(260, el.clientWidth);
const today = () => new Date().toISOString().slice(0, 10);

function sumDays(rows) {
  const days = new Map();
  for (const r of rows ?? []) {
    const d = days.get(r.day) ?? {cost_usd: 0, saved_usd: 0, attempts: 0, answered: 0, failovers: 0, input_tokens: 0, output_tokens: 0};
    for (const k of Object.keys(d)) d[k] += r[k];
    days.set(r.day, d);
  }
  return days;
}

/** Every day of the span, those without anything too. */
function calendar(n) {
  const now = Date.now();
  return Array.from({length: n}, (_, i) => new Date(now - (n - 1 - i) * 864e5).toISOString().slice(0, 10));
}

export function tiles() {
  const days = sumDays(state.usage?.by_provider);
  const now = days.get(today()) ?? {cost_usd: 0, saved_usd: 0, attempts: 0, answered: 0, failovers: 0, input_tokens: 0, output_tokens: 0};
  const line = (key, colour) => {
    const values = calendar(14).map(d => days.get(d)?.[key] ?? 0);
    return values.some(v => v > 0) && sparkline(values, colour);
  };
  const running = (state.status?.providers ?? []).reduce((n, p) => n + p.running, 0);
  const waiting = (state.status?.providers ?? []).reduce((n, p) => n + p.waiting, 0);
  const whole = now.cost_usd + now.saved_usd;
  const failed = now.attempts - now.answered;
  const tile = (label, value, note, plot) => h("div", {class: "tile"}, h("div", {class: "label"}, label),
    h("div", {class: "value"}, value), h("div", {}, plot || null), h("div", {class: "note"}, note));
  put($("tiles"),
    tile("Answered today", count(now.answered), [plural(now.failovers, "failover"), failed > 0 && `, ${plural(failed, "failed call")}`], line("answered", "var(--c0)")),
    tile("Spent today", money(now.cost_usd), `${count(now.input_tokens)} tokens in, ${count(now.output_tokens)} out`, line("cost_usd", "var(--c1)")),
    tile("Saved today", money(now.saved_usd), whole > 0 && now.saved_usd > 0 ? `${Math.round(now.saved_usd / whole * 100)} % off the strongest model` : "against the strongest model", line("saved_usd", "var(--c2)")),
    tile("Running now", count(running), waiting > 0 ? `${count(waiting)} waiting for a place` : "nobody waits"));
}

export function providers() {
  const list = state.status?.providers;
  if (!list) return put($("providers"), empty("Waiting for the service."));
  if (list.length === 0) return put($("providers"), empty("No provider is configured. ", h("code", {}, "smart-agents init"), " looks for them."));
  const calls = [...state.attempts.values()].sort((a, b) => a.when - b.when);
  put($("providers"), list.map(p => {
    const [word, cls] = p.circuit === "closed" ? ["ready", "good"]
      : p.circuit === "half_open" ? ["testing", "warn"]
      : [p.rests_for_seconds ? `rests ${span(Math.ceil(p.rests_for_seconds))}` : "resting", "bad"];
    const facts = [
      p.running > 0 && plural(p.running, "call running", "calls running"),
      p.waiting > 0 && `${count(p.waiting)} waiting`,
      `${count(p.answered)} answered`,
      p.failed > 0 && `${count(p.failed)} failed`,
      p.first_byte_seconds > 0 && `first byte ${span(p.first_byte_seconds)}`,
    ].filter(Boolean).join(" · ");
    return h("div", {class: "provider"},
      h("div", {class: "name"}, dot(p.name), p.name, h("span", {class: `pill ${cls}`}, word)),
      h("div", {class: "facts"}, facts),
      h("div", {class: "beat"}, heartbeat(calls.filter(a => a.provider === p.name), colourOf(p.name))),
      p.reason && h("div", {class: "why"}, p.reason));
  }));
}

const scope = l => [l.provider || "all providers", l.model, l.credential && `credential ${l.credential}`, l.key && `key ${l.key}`].filter(Boolean).join(" · ");
const windowName = w => ({second: "a second", minute: "a minute", day: "a day", week: "a week", month: "a month"}[w] ?? `in ${w}`);

function limitRow(l, now) {
  const share = l.limit > 0 ? l.used / l.limit : 1;
  const held = l.limit > 0 ? l.reserved / l.limit : 0;
  const left = Math.max(0, l.limit - l.used - l.reserved);
  const resets = Date.parse(l.resets_at);
  const hours = Math.max(0, (resets - now) / 36e5);
  const forecast = l.per_hour && l.limit > 0 ? (l.used + l.per_hour * hours) / l.limit : null;
  const out = l.runs_out_at ? Date.parse(l.runs_out_at) : null;
  const taken = share + held;
  const colour = taken >= 1 ? "var(--bad)" : taken >= 0.8 ? "var(--c6)" : l.provider ? colourOf(l.provider) : "var(--accent)";
  const kind = l.kind === "usd" ? "dollars" : l.kind.replace("_", " ");
  return h("div", {class: "limit"},
    h("div", {class: "what"}, h("span", {}, h("b", {}, scope(l)), h("span", {class: "soft"}, ` ${kind} ${windowName(l.window)}`)),
      h("b", {class: "num"}, `${Math.round(taken * 100)} %`)),
    bullet(Math.min(1, share), Math.min(held, 1 - Math.min(1, share)), forecast, colour),
    h("div", {class: "note"},
      h("span", {}, `${amount(l.kind, l.used)} of ${amount(l.kind, l.limit)} used`, l.reserved > 0 && `, ${amount(l.kind, l.reserved)} held`, `, ${amount(l.kind, left)} left`),
      out ? h("span", {class: "out"}, out <= now ? "used up" : `runs out in ${span((out - now) / 1000)}`)
        : h("span", {}, taken >= 1 ? "used up, " : "", `resets in ${span(Math.max(0, (resets - now) / 1000))}`)));
}

let restOpen = false;

export function quota() {
  const q = state.status?.quota;
  if (!q?.limits) return put($("quota"), empty("Waiting for the service."));
  const now = Date.now();
  const share = l => l.limit > 0 ? (l.used + l.reserved) / l.limit : 1;
  const sorted = [...q.limits].sort((a, b) => share(b) - share(a));
  const used = sorted.filter(l => l.used + l.reserved > 0);
  const rest = sorted.filter(l => l.used + l.reserved === 0);
  const resting = (q.resting ?? []).map(r => h("div", {class: "limit"}, h("div", {class: "what"},
    h("b", {}, `${r.provider} rests`), h("span", {class: "soft"}, `${span(Math.max(0, (Date.parse(r.until) - now) / 1000))} more`)),
  h("div", {class: "note"}, r.reason)));
  put($("quota"), resting, used.map(l => limitRow(l, now)),
    sorted.length === 0 && empty("No limit is set: nothing is refused, and nothing is held back."),
    used.length === 0 && rest.length > 0 && empty("No limit has been touched yet."),
    rest.length > 0 && h("details", {open: restOpen, ontoggle: e => { restOpen = e.target.open; }},
      h("summary", {}, `${plural(rest.length, "limit")} untouched`), rest.map(l => limitRow(l, now))));
}

// --- decisions -----------------------------------------------------------------

const open = new Set();

function decision(x, now) {
  const failed = x.state === "failed";
  const tries = x.attempts.filter(a => a.outcome !== "answered").length;
  const at = h("details", {class: "decision", open: open.has(x.id), "data-id": x.id, ontoggle: e => {
    if (e.target.open) open.add(x.id); else open.delete(x.id);
  }},
  h("summary", {},
    dot(x.provider, x.state === "running" ? "running" : ""),
    h("span", {class: "model", title: x.model}, x.provider ?? "nobody", h("span", {}, x.model ? ` ${x.model}` : "")),
    h("span", {class: "num soft"}, x.state === "running" ? `${span(Math.floor((now - x.when) / 1000))}…` : x.seconds > 0 ? `${money(x.cost)} · ${span(x.seconds)}` : ago(x.when, now)),
    h("span", {class: "reason"},
      x.type && h("span", {class: "tag"}, `${x.type} ${x.complexity}`), " ",
      failed && h("span", {class: "tag bad"}, "failed"), " ",
      !failed && tries > 0 && h("span", {class: "tag warn"}, `after ${plural(tries, "failure")}`), " ",
      failed ? x.failure : x.reason ?? `${x.origin ?? "asked"} · ${ago(x.when, now)}`)));
  at.append(h("div", {class: "more"},
    h("div", {class: "mono soft"}, x.id, " ", h("button", {class: "link", onclick: () => navigator.clipboard?.writeText(x.id)}, "copy")),
    h("div", {class: "soft"}, [clock(x.when), x.origin && `by ${x.origin}`, x.key && `with key ${x.key}`, x.saved ? `saved ${money(x.saved)}` : "", x.firstByte && `first byte ${span(x.firstByte)}`].filter(Boolean).join(" · ")),
    x.notes.map(n => h("div", {}, n)),
    x.attempts.length > 0 && h("table", {}, h("tr", {}, ["#", "model", "outcome", "tokens", "time", "cost"].map(t => h("th", {}, t))),
      x.attempts.map(a => h("tr", {}, [a.attempt, `${a.provider}/${a.model}`, a.outcome, `${count(a.tokens.input)} → ${count(a.tokens.output)}`, span(a.elapsed_seconds), money(a.cost_usd)].map(t => h("td", {}, t)))))));
  return at;
}

export function decisions(list, filter) {
  const where = $("decisions");
  const focused = where.contains(document.activeElement) ? document.activeElement.closest("[data-id]")?.dataset.id : null;
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const single = list.filter(x => x.steps.length === 0 && x.state !== "unknown");
  const found = words.length === 0 ? single : single.filter(x => {
    const text = [x.id, x.provider, x.model, x.type, x.origin, x.state, x.reason, x.failure, x.key].join(" ").toLowerCase();
    return words.every(w => text.includes(w));
  });
  if (single.length === 0)
    return put(where, empty("Nothing was asked yet. Try ", h("code", {}, "smart-agents ask \"What is 2+2?\"")));
  if (found.length === 0) return put(where, empty(`None of ${plural(single.length, "request")} matches.`));
  const top = where.scrollTop;
  put(where, found.slice(0, 60).map(x => decision(x, Date.now())));
  where.scrollTop = top;
  if (focused) where.querySelector(`[data-id="${CSS.escape(focused)}"] > summary`)?.focus({preventScroll: true});
}

// --- jobs ------------------------------------------------------------------------

const mark = x => x === "running" ? h("span", {class: "mark now"}, "◐") : x === "answered" ? h("span", {class: "mark good"}, "✓")
  : x === "failed" ? h("span", {class: "mark bad"}, "✕") : x === "pending" ? h("span", {class: "mark"}, "○") : h("span", {class: "mark"}, "·");

const marks = {completed: "answered", cancelled: "failed"};

/** What a job waits for. */
function waits(t) {
  const until = t.not_before ? (Date.parse(t.not_before) - Date.now()) / 1000 : 0;
  return t.waits_for_jobs ? `waits for ${plural(t.waits_for_jobs, "job")}`
    : until > 0 ? `${t.failures ? "tries again" : "starts"} in ${span(until)}` : "waits for its turn";
}

/** A background job, as its store tells of it. */
function job(t) {
  const running = t.state === "running", pending = t.state === "pending", steps = t.steps ?? [];
  const words = pending ? waits(t)
    : running ? `${Math.round(t.progress * 100)} %${t.seconds_left ? `, ${span(t.seconds_left)} left` : ""}` : money(t.cost_usd ?? 0);
  return h("li", {class: "node"},
    h("div", {class: "row"}, mark(marks[t.state] ?? t.state), h("b", {class: "grow", title: t.id}, t.kind, t.cancelling && h("span", {class: "soft"}, " stopping"),
        !pending || t.priority === 5 ? "" : h("span", {class: "soft"}, ` priority ${t.priority}`)),
      h("span", {class: "soft num"}, `${words} · ${ago(Date.parse(t.ended ?? t.started ?? t.created))}`)),
    running && h("div", {class: "bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(t.progress * 100), "aria-label": t.kind}, h("i", {"width%": t.progress * 100})),
    (running || pending ? t.step : t.error) && h("div", {class: "text"}, running || pending ? t.step : t.error),
    steps.length > 0 && h("ul", {class: "tree"}, steps.map(x => h("li", {class: "node"},
      h("div", {class: "row"}, mark(x.state), x.provider && dot(x.provider), h("span", {class: "grow"}, x.title || x.id, h("span", {class: "soft"}, x.model ? ` ${x.model}` : "")),
        h("span", {class: "soft num"}, x.seconds ? span(x.seconds) : "")),
      x.why && h("div", {class: "text"}, x.why)))));
}

export function jobs(list) {
  const background = state.tasks ?? [];
  const many = what => background.filter(t => t.state === what).length;
  put($("jobs-count"), [many("running") > 0 && `${many("running")} running`, many("pending") > 0 && `${many("pending")} waiting`].filter(Boolean).join(", "));
  const held = state.queue?.paused ? "The queue is held: no job starts here." : state.queue?.held ? `No job starts now: ${state.queue.held}.` : state.queue?.trouble;
  const known = new Set(background.map(t => t.id));
  const all = trees(list).filter(t => !known.has(t.id)).slice(0, 12);
  if (all.length + background.length === 0)
    return put($("jobs"), empty("No job yet. Skills ask several models: ", h("code", {}, "smart-agents orchestrate code_review FILE")));
  put($("jobs"), held && h("div", {class: "text soft"}, held), h("ul", {class: "tree"}, background.map(job), all.map(t => {
    const total = Math.max(t.children.length, 1);
    const name = (t.origin ?? "job").replace(/^skill:/, "");
    return h("li", {class: "node"},
      h("div", {class: "row"}, mark(t.state), h("b", {class: "grow"}, name), h("span", {class: "soft num"}, [t.state === "running" ? `${t.done} of ${t.children.length}` : money(t.cost), ago(t.when)].join(" · "))),
      t.state === "running" && h("div", {class: "bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": total, "aria-valuenow": t.done, "aria-label": name}, h("i", {"width%": t.done / total * 100})),
      t.own?.steps.length > 0 && t.state === "running" && h("div", {class: "text"}, t.own.steps.at(-1).text),
      h("ul", {class: "tree"}, t.children.map(c => h("li", {class: "node"},
        h("div", {class: "row"}, mark(c.state), dot(c.provider), h("span", {class: "grow"}, c.id.slice(c.id.indexOf("/") + 1), h("span", {class: "soft"}, c.model ? ` ${c.model}` : "")),
          h("span", {class: "soft num"}, c.seconds > 0 ? span(c.seconds) : ""))))));
  })));
}

// --- plots -------------------------------------------------------------------------

export function flows(list, minutes) {
  const where = $("flow");
  const to = Date.now(), from = to - minutes * 60e3;
  const lanes = new Map((state.status?.providers ?? []).map(p => [p.name, []]));
  for (const x of list) {
    for (const a of x.attempts) {
      const end = a.when + a.elapsed_seconds * 1000;
      if (end < from) continue;
      if (!lanes.has(a.provider)) lanes.set(a.provider, []);
      lanes.get(a.provider).push({from: a.when, to: end, state: a.outcome === "answered" ? "answered" : "failed",
        tip: `${a.model}\n${a.outcome}, ${span(a.elapsed_seconds)}, ${money(a.cost_usd)}\n${a.type} ${a.complexity} · ${clock(a.when)}`});
    }
    if (x.state === "running" && x.provider && lanes.has(x.provider))
      lanes.get(x.provider).push({from: x.when, to, state: "running", tip: `${x.model}\nrunning for ${span((to - x.when) / 1000)}`});
  }
  const drawn = [...lanes].map(([name, calls]) => ({name, calls}));
  if (drawn.length === 0) return put(where, empty("Waiting for the service."));
  put(where, flow(drawn, from, to, width(where)),
    drawn.every(l => l.calls.length === 0) && h("div", {class: "soft"}, `No call in the last ${span(minutes * 60)}.`));
}

const measures = {
  cost_usd: {format: money, word: "spent"}, saved_usd: {format: money, word: "saved"},
  attempts: {format: count, word: "calls"}, tokens: {format: count, word: "tokens"},
};

export function moneyByDay({measure, group, days}) {
  const where = $("money"), ranks = $("money-ranks");
  const rows = state.usage?.[`by_${group}`];
  if (!rows) { put(where, empty("Waiting for the ledger.")); return put(ranks); }
  const {format, word} = measures[measure];
  const value = r => Math.max(0, measure === "tokens" ? r.input_tokens + r.output_tokens : r[measure]);
  const totals = new Map();
  for (const r of rows) totals.set(r.group, (totals.get(r.group) ?? 0) + value(r));
  const ranked = [...totals].filter(([, v]) => v > 0).sort((a, b) => b[1] - a[1]);
  if (ranked.length === 0) {
    put(where, empty(rows.length === 0 ? `Nothing was asked in ${plural(days, "day")}.` : `Nothing ${word} in ${plural(days, "day")}.`));
    return put(ranks);
  }
  const label = g => group === "origin" ? g.replace(/^skill:/, "skill ") : g || "unnamed";
  const shown = ranked.slice(0, 7).map(([name], i) => ({name, label: label(name), colour: group === "provider" ? colourOf(name) : rankColour(i)}));
  if (ranked.length > 7) shown.push({name: "\0", label: "others", colour: "var(--c4)"});
  const byDay = new Map(calendar(days).map(d => [d, new Map()]));
  for (const r of rows) {
    const day = byDay.get(r.day);
    if (!day) continue;
    const g = shown.some(x => x.name === r.group) ? r.group : "\0";
    day.set(g, (day.get(g) ?? 0) + value(r));
  }
  const list = [...byDay].map(([day, values]) => ({day, values}));
  put(where, stack(list, shown, format, width(where)),
    asTable("money", ["day (UTC)", ...shown.map(g => g.label)], list.filter(d => d.values.size > 0).map(d => [d.day, ...shown.map(g => format(d.values.get(g.name) ?? 0))])));
  const all = ranked.reduce((n, [, v]) => n + v, 0);
  const top = ranked[0][1];
  put(ranks, h("div", {class: "soft"}, `${format(all)} ${word} in ${plural(days, "day")}`),
    ranked.slice(0, 9).map(([name, v], i) => h("div", {class: "rank", colour: group === "provider" ? colourOf(name) : i < 7 ? rankColour(i) : "var(--c4)"},
      h("div", {class: "name"}, h("i", {class: "dot"}), h("span", {title: label(name)}, label(name))), h("div", {class: "num"}, format(v)),
      h("div", {class: "bar"}, h("i", {"width%": Math.max(0.5, v / top * 100)})))));
}

export function speed(what) {
  const where = $("speed");
  const lanes = new Map();
  for (const a of state.attempts.values()) {
    const seconds = what === "first" ? a.first_byte_seconds : a.elapsed_seconds;
    if (a.outcome !== "answered" || !(seconds > 0)) continue;
    if (!lanes.has(a.provider)) lanes.set(a.provider, []);
    lanes.get(a.provider).push({seconds, tip: `${a.model}\n${span(seconds)}\n${clock(a.when)}`});
  }
  if (lanes.size === 0) return put(where, empty("No answer yet to be timed."));
  const drawn = [...lanes].map(([name, values]) => {
    const sorted = values.map(v => v.seconds).sort((a, b) => a - b);
    const at = q => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
    return {name, values: values.slice(-160), median: at(0.5), p95: at(0.95)};
  }).sort((a, b) => a.median - b.median);
  put(where, strip(drawn, width(where)),
    asTable("speed", ["provider", "answers", "half within", "95 of 100 within"], drawn.map(l => [l.name, l.values.length, span(l.median), l.values.length >= 20 ? span(l.p95) : "too few"])));
}

// --- errors --------------------------------------------------------------------------

export function errors() {
  const groups = new Map();
  const add = (key, when, fields) => {
    const x = groups.get(key) ?? {...fields, n: 0, when: 0};
    x.n++;
    if (when >= x.when) Object.assign(x, fields, {when});
    groups.set(key, x);
  };
  for (const a of state.attempts.values())
    if (a.outcome !== "answered" && a.outcome !== "cancelled")
      add(`${a.provider} ${a.outcome}`, a.when, {provider: a.provider, title: a.outcome.replaceAll("_", " "), text: `${a.model}, attempt ${a.attempt} of ${a.request_id}`});
  for (const e of state.events)
    if (["gave_up", "circuit", "restarted", "storage", "quota"].includes(e.kind))
      add(`${e.kind} ${e.provider ?? ""} ${e.kind === "gave_up" ? "" : e.text}`, e.when, {provider: e.provider, title: {gave_up: "nobody answered", circuit: "circuit", restarted: "restarted", storage: "storage", quota: "limit"}[e.kind], text: e.text});
  for (const a of state.status?.actors ?? [])
    if (a.restarts > 0) add(`actor ${a.name}`, 1, {title: `${a.name} was restarted`, text: `${plural(a.restarts, "time")}: ${a.last_error}`});
  const list = [...groups.values()].sort((a, b) => b.when - a.when);
  if (list.length === 0)
    return put($("errors"), empty(`No error among the last ${plural(state.attempts.size, "call")}.`));
  put($("errors"), list.slice(0, 40).map(x => h("div", {class: "error"},
    h("div", {class: "what"}, dot(x.provider), h("b", {class: "grow"}, x.provider ? `${x.provider}: ` : "", x.title), x.n > 1 && h("span", {class: "tag bad"}, `${count(x.n)}×`), h("span", {class: "soft num"}, x.when > 1 ? ago(x.when) : "")),
    h("div", {class: "text"}, x.text))));
}

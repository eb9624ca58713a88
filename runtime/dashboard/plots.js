// Plots as inline SVG, drawn at the width they have. Everything drawn can be
// pointed at (`data-tip`), and is told in words by its `aria-label`.

import {s, h, colourOf, span, clock} from "./dom.js";

const svg = (width, height, label, ...children) =>
  s("svg", {viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label}, children);

/** Round steps from 0 to at least `top`. */
function steps(top, wanted = 4) {
  if (!(top > 0)) return [0, 1];
  const raw = top / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(x => x * power).find(x => x >= raw);
  const result = [];
  for (let x = 0; x < top + step * 0.999; x += step) result.push(x);
  return result;
}

const shortDay = day => new Date(`${day}T00:00:00Z`).toLocaleDateString([], {day: "numeric", month: "short", timeZone: "UTC"});

/** A line of some numbers, without axes. */
export function sparkline(values, colour, width = 96, height = 30) {
  const top = Math.max(...values, 1e-12);
  const x = i => 2 + i * (width - 4) / Math.max(1, values.length - 1);
  const y = v => height - 3 - v / top * (height - 6);
  const points = values.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`);
  const last = values.length - 1;
  return s("svg", {viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true"},
    s("polygon", {points: `${x(0)},${height - 3} ${points.join(" ")} ${x(last)},${height - 3}`, fill: colour, opacity: ".13"}),
    s("polyline", {points: points.join(" "), fill: "none", stroke: colour, "stroke-width": 1.6, "stroke-linejoin": "round"}),
    s("circle", {cx: x(last), cy: y(values[last]), r: 2.6, fill: colour}));
}

/** A provider's last attempts: a bar each, as high as it took long, red and
    hollow when it failed. */
export function heartbeat(attempts, colour, width = 130, height = 34) {
  const shown = attempts.slice(-26);
  const place = x => Math.log10(Math.max(0.05, x)) + 1.4;
  return s("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: "xMaxYMid meet",
    "aria-label": `the last ${shown.length} calls, of which ${shown.filter(a => a.outcome !== "answered").length} failed`},
  s("line", {x1: 0, x2: width, y1: height - 1, y2: height - 1, class: "axis", stroke: "var(--line)"}),
  shown.map((a, i) => {
    const tall = Math.max(4, Math.min(height - 4, place(a.elapsed_seconds) * 9));
    const failed = a.outcome !== "answered";
    return s("rect", {x: width - (shown.length - i) * 5, y: height - 1 - tall, width: 3.4, height: tall, rx: 1,
      fill: failed ? "none" : colour, stroke: failed ? "var(--bad)" : "none", "stroke-width": 1,
      "data-tip": `${a.model}\n${failed ? a.outcome : `answered in ${span(a.elapsed_seconds)}`}\n${clock(a.when)}`});
  }));
}

/** How a limit stands: used, held, and where it will be at its reset. What
    would pass the limit is a red mark at its end. */
export function bullet(share, held, forecast, colour) {
  const at = x => `${(Math.max(0, Math.min(1, x)) * 100).toFixed(2)}%`;
  const id = `hatch${colour.replace(/\W/g, "")}`;
  const seen = x => (x > 0 ? Math.max(x, 0.006) : 0);
  return s("svg", {height: 14, "aria-hidden": "true"},
    s("defs", {}, s("pattern", {id, width: 4, height: 4, patternUnits: "userSpaceOnUse", patternTransform: "rotate(25)"},
      s("rect", {width: 2, height: 4, fill: colour}))),
    s("rect", {x: 0, y: 3, width: "100%", height: 8, rx: 4, fill: "var(--sunk)"}),
    s("rect", {x: 0, y: 3, width: at(seen(share)), height: 8, rx: 4, fill: colour}),
    held > 0 && s("rect", {x: at(share), y: 3, width: at(Math.min(seen(held), 1 - share)), height: 8, fill: `url(#${id})`}),
    forecast !== null && share < 1 && forecast > share + held + 0.01
      && s("line", {x1: at(forecast), x2: at(forecast), y1: 0, y2: 14, stroke: forecast >= 1 ? "var(--bad)" : "var(--ink)", "stroke-width": forecast >= 1 ? 3 : 2}));
}

/** Calls as bars on a lane for each provider. */
export function flow(lanes, from, to, width) {
  const narrow = width < 560;
  const left = narrow ? 70 : 96;
  const lane = 34;
  const height = lanes.length * lane + 24;
  const x = t => left + (t - from) / (to - from) * (width - left - 8);
  const minutes = (to - from) / 60e3;
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360].find(m => minutes / m <= (narrow ? 5 : 9)) * 60e3;
  const ticks = [];
  for (let t = Math.ceil(from / step) * step; t < to; t += step) ticks.push(t);
  return svg(width, height, `calls of ${lanes.length} providers in the last ${span((to - from) / 1000)}`,
    ticks.map(t => [
      s("line", {class: "grid", x1: x(t), x2: x(t), y1: 0, y2: height - 22}),
      s("text", {x: x(t), y: height - 6, "text-anchor": "middle"}, clock(t))]),
    lanes.map((l, i) => {
      const y = i * lane;
      return [
        s("line", {class: "axis", x1: left, x2: width - 8, y1: y + lane - 6, y2: y + lane - 6}),
        s("circle", {cx: 6, cy: y + 17, r: 4.5, fill: colourOf(l.name)}),
        s("text", {class: "lane", x: 16, y: y + 21}, l.name),
        l.calls.map(c => {
          const begin = Math.max(left, x(c.from));
          const wide = Math.max(3.5, x(c.to) - begin);
          const failed = c.state === "failed";
          return s("rect", {x: begin, y: y + (failed ? 12 : 7), width: wide, height: failed ? 14 : 20, rx: 2,
            fill: failed ? undefined : colourOf(l.name), class: failed ? "failed" : undefined,
            opacity: c.state === "running" ? 0.45 : 0.85, "data-tip": c.tip});
        })];
    }));
}

/** Bars by day, stacked by group. */
export function stack(days, groups, format, width) {
  const height = width < 560 ? 190 : 230;
  const left = 56, bottom = 24, top = 8;
  const high = Math.max(...days.map(d => groups.reduce((n, g) => n + (d.values.get(g.name) ?? 0), 0)));
  const marks = steps(high);
  const max = marks.at(-1);
  const y = v => top + (1 - v / max) * (height - top - bottom);
  const slot = (width - left) / days.length;
  const bar = Math.max(2, Math.min(34, slot * 0.72));
  const every = Math.ceil(days.length / Math.max(2, Math.floor((width - left) / 64)));
  return svg(width, height, `${days.length} days, at most ${format(high)} a day`,
    marks.map(v => [
      s("line", {class: v === 0 ? "axis" : "grid", x1: left, x2: width, y1: y(v), y2: y(v)}),
      s("text", {x: left - 8, y: y(v) + 4, "text-anchor": "end"}, format(v))]),
    days.map((d, i) => {
      const x = left + i * slot + (slot - bar) / 2;
      let base = 0;
      const all = groups.reduce((n, g) => n + (d.values.get(g.name) ?? 0), 0);
      const words = groups.filter(g => d.values.get(g.name) > 0).map(g => `${g.label}: ${format(d.values.get(g.name))}`);
      return s("g", {"data-tip": [`${shortDay(d.day)}: ${format(all)}`, ...words].join("\n")},
        s("rect", {x: left + i * slot, y: top, width: slot, height: height - top - bottom, fill: "transparent"}),
        groups.map(g => {
          const v = d.values.get(g.name) ?? 0;
          if (v <= 0) return null;
          const part = s("rect", {x, width: bar, y: y(base + v), height: Math.max(1, y(base) - y(base + v) - (base > 0 ? 1 : 0)), rx: 1.5, fill: g.colour});
          base += v;
          return part;
        }),
        (days.length - 1 - i) % every === 0 && s("text", {x: x + bar / 2, y: height - 7, "text-anchor": "middle"}, shortDay(d.day)));
    }));
}

/** Every answer a dot by how long it took, with the middle and the 95th of a
    hundred marked; a logarithmic scale. */
export function strip(lanes, width) {
  const narrow = width < 420;
  const left = narrow ? 70 : 96, right = 58, lane = 38;
  const height = lanes.length * lane + 22;
  const all = lanes.flatMap(l => l.values.map(v => v.seconds));
  const low = Math.log10(Math.max(0.005, Math.min(...all) * 0.8));
  const high = Math.max(Math.log10(Math.max(...all) * 1.25), low + 0.6);
  const x = v => left + (Math.log10(Math.max(v, 0.005)) - low) / (high - low) * (width - left - right);
  const ticks = (narrow ? [0.01, 0.1, 1, 10, 100] : [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300])
    .filter(v => Math.log10(v) >= low && Math.log10(v) <= high);
  return svg(width, height, lanes.map(l => `${l.name}: median ${span(l.median)}`).join(", "),
    ticks.map(v => [
      s("line", {class: "grid", x1: x(v), x2: x(v), y1: 0, y2: height - 20}),
      s("text", {x: x(v), y: height - 5, "text-anchor": "middle"}, span(v))]),
    lanes.map((l, i) => {
      const y = i * lane + 18;
      return [
        s("circle", {cx: 6, cy: y - 1, r: 4.5, fill: colourOf(l.name)}),
        s("text", {class: "lane", x: 16, y: y + 3}, l.name),
        l.values.map((v, n) => s("circle", {cx: x(v.seconds), cy: y + ((n * 7) % 17) - 8, r: 3, fill: colourOf(l.name), opacity: .42, "data-tip": v.tip})),
        s("line", {x1: x(l.median), x2: x(l.median), y1: y - 13, y2: y + 13, stroke: "var(--ink)", "stroke-width": 2.2, "data-tip": `half within ${span(l.median)}`}),
        l.values.length >= 20 && s("line", {x1: x(l.p95), x2: x(l.p95), y1: y - 9, y2: y + 9, stroke: "var(--ink)", "stroke-width": 1.4, "stroke-dasharray": "3 2", "data-tip": `95 of 100 within ${span(l.p95)}`}),
        s("text", {x: width, y: y + 3, "text-anchor": "end"}, span(l.median))];
    }));
}

/** Tables that are open stay so when they are drawn again. */
const opened = new Set();

/** The same numbers as a table, for whoever cannot point. */
export function asTable(key, heads, rows) {
  return h("details", {open: opened.has(key), ontoggle: e => { if (e.target.open) opened.add(key); else opened.delete(key); }}, h("summary", {}, "As a table"),
    h("table", {}, h("tr", {}, heads.map(x => h("th", {}, x))), rows.map(r => h("tr", {}, r.map(x => h("td", {}, x))))));
}


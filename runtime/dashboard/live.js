// What is known of the service, and how it is kept fresh: by asking every few
// seconds, at once when something happened, slower when nobody looks.

const most_attempts = 1000;
const most_events = 600;

export const state = {
  status: null, usage: null, tasks: null, queue: null,
  attempts: new Map(), // "request/attempt" -> attempt, as the ledger has it
  events: [],
  lastEvent: 0,
  seen: 0,      // when an answer last came
  trouble: "",  // why none comes
  channel: "polling",
};

let changed = () => {};
let askKey = async () => "";
let days = 30;

class Refused extends Error {}

async function get(path) {
  const headers = {};
  const key = sessionStorage.getItem("smart-agents-key");
  if (key) headers.Authorization = `Bearer ${key}`;
  const reply = await fetch(path, {headers, cache: "no-store", signal: AbortSignal.timeout(8000)});
  if (reply.status === 401) throw new Refused("a key is needed");
  if (reply.status === 404) return null;
  if (!reply.ok) {
    const body = await reply.json().catch(() => null);
    throw new Error(body?.error?.message ?? `${path}: status ${reply.status}`);
  }
  return reply.json();
}

function keep(activity) {
  if (activity.last_event < state.lastEvent) state.events = []; // it was restarted
  state.lastEvent = activity.last_event;
  for (const x of activity.events) state.events.push({...x, when: Date.parse(x.at)});
  state.events.splice(0, state.events.length - most_events);
  for (const x of activity.attempts)
    state.attempts.set(`${x.request_id} ${x.attempt}`, {...x, when: Date.parse(x.at)});
  if (state.attempts.size > most_attempts) {
    const oldest = [...state.attempts].sort((a, b) => a[1].when - b[1].when);
    for (const [key] of oldest.slice(0, state.attempts.size - most_attempts)) state.attempts.delete(key);
  }
}

const has = actor => state.status?.actors?.some(x => x.name === actor);

const rank = {running: 0, pending: 1};

/** Background jobs, those that go on first, with their steps. */
async function tasks() {
  if (!has("tasks-front")) return;
  const list = (await get("/v1/tasks"))?.tasks ?? [];
  state.queue = await get("/v1/tasks/queue");
  const shown = list.sort((a, b) => (rank[a.state] ?? 2) - (rank[b.state] ?? 2)).slice(0, 20);
  state.tasks = await Promise.all(shown.map(async (x, i) => {
    const known = state.tasks?.find(y => y.id === x.id);
    if (known?.steps && !["pending", "running"].includes(known.state)) return known;
    return x.state !== "pending" && i < 8 ? await get(`/v1/tasks/${encodeURIComponent(x.id)}`) ?? x : x;
  }));
}

const jobs = {
  status: {every: 3000, run: async () => { state.status = await get("/v1/status"); listen(); }},
  activity: {every: 2000, run: async () => {
    const first = state.attempts.size === 0;
    keep(await get(`/v1/activity?after=${state.lastEvent}&attempts=${first ? 400 : 60}`));
  }},
  tasks: {every: 3000, run: tasks},
  usage: {every: 20000, run: async () => { state.usage = await get(`/v1/usage?days=${days}`); }},
};

let asking = false;

async function run(name, job) {
  clearTimeout(job.timer);
  if (job.busy) { job.again = true; return; }
  job.busy = true;
  let wait = job.every;
  try {
    await job.run();
    state.seen = Date.now();
    state.trouble = "";
    job.failures = 0;
  } catch (e) {
    job.failures = (job.failures ?? 0) + 1;
    wait = Math.min(30000, job.every * 2 ** job.failures);
    if (e instanceof Refused && !asking) {
      asking = true;
      const key = await askKey();
      if (key) { sessionStorage.setItem("smart-agents-key", key); wait = 0; }
      asking = false;
    }
    state.trouble = e instanceof TypeError || e.name === "TimeoutError"
      ? "The service does not answer. Is it running? Start it with: smart-agents serve" : e.message;
  }
  job.busy = false;
  changed(name);
  if (job.again) { job.again = false; wait = 0; }
  if (document.hidden) wait = Math.max(wait, 60000);
  job.timer = setTimeout(() => run(name, job), wait);
}

// News come by WebSocket where there is one: each is a reason to ask at once.
let socket = null;
let due = 0;

function listen() {
  const key = sessionStorage.getItem("smart-agents-key");
  if (socket || document.hidden || key || !has("events-front")) return;
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/events`);
  socket.onopen = () => { state.channel = "live"; changed("status"); };
  socket.onmessage = () => {
    due ||= setTimeout(() => {
      due = 0;
      refresh("activity");
      refresh("tasks");
    }, 250);
  };
  socket.onclose = () => { socket = null; state.channel = "polling"; changed("status"); };
}

/** Asks again at once. */
export function refresh(name) { run(name, jobs[name]); }

export function setDays(n) { days = n; refresh("usage"); }

export function start(onChange, onKey) {
  changed = onChange;
  askKey = onKey;
  for (const [name, job] of Object.entries(jobs)) run(name, job);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) for (const name of Object.keys(jobs)) refresh(name);
  });
}

// --- what follows from it ----------------------------------------------------

/** Requests, newest first: what the events say of them and the ledger. */
export function requests() {
  const all = new Map();
  const at = (id, when) => {
    if (!all.has(id))
      all.set(id, {id, when, state: "", attempts: [], notes: [], steps: [], cost: 0, saved: 0, seconds: 0});
    const x = all.get(id);
    x.when = Math.min(x.when, when);
    return x;
  };
  for (const e of state.events) {
    if (!e.request_id) continue;
    const x = at(e.request_id, e.when);
    x.latest = e.when;
    if (e.provider) { x.provider = e.provider; x.model = e.model; }
    if (e.kind === "decided") {
      x.state = "running";
      const said = /^(\w+) task of complexity (\d+): (?:.* is asked first: )?(.*)$/s.exec(e.text);
      [x.type, x.complexity, x.reason] = said ? said.slice(1) : ["", "", e.text];
    }
    else if (e.kind === "step") x.steps.push(e);
    else if (e.kind === "answered") x.state = "answered";
    else if (e.kind === "gave_up") { x.state = "failed"; x.failure = e.text; }
    else x.notes.push(e.text);
  }
  for (const a of [...state.attempts.values()].sort((p, q) => p.when - q.when || p.attempt - q.attempt)) {
    const x = at(a.request_id, a.when);
    x.attempts.push(a);
    x.origin = a.origin; x.type = a.type; x.complexity = a.complexity; x.key = a.key;
    x.cost += a.cost_usd; x.saved += a.saved_usd; x.seconds += a.elapsed_seconds;
    x.firstByte = a.first_byte_seconds;
    if (x.state !== "running" || a.outcome === "answered") {
      x.provider = a.provider; x.model = a.model;
      x.state = a.outcome === "answered" ? "answered" : "failed";
    }
    if (a.outcome !== "answered") x.failure ??= a.outcome;
  }
  // Nothing heard for long: its end was missed.
  for (const x of all.values())
    if (x.state === "running" && Date.now() - x.latest > 15 * 60e3) x.state = "unknown";
  return [...all.values()].sort((p, q) => q.when - p.when);
}

/** Requests that have steps, as trees: `id/step` hangs below `id`. */
export function trees(list) {
  const roots = new Map();
  const parent = id => id.includes("/") ? id.slice(0, id.indexOf("/")) : null;
  for (const x of list) {
    const up = parent(x.id);
    if (up || x.steps.length > 0) {
      const root = up ?? x.id;
      if (!roots.has(root)) roots.set(root, {id: root, children: [], own: null, when: Infinity});
      const tree = roots.get(root);
      if (up) tree.children.push(x); else tree.own = x;
      tree.when = Math.min(tree.when, x.when);
    }
  }
  for (const tree of roots.values()) {
    tree.children.sort((p, q) => p.when - q.when);
    const live = tree.children.filter(x => x.state === "running");
    tree.state = tree.own?.state || (live.length > 0 ? "running" : tree.children.some(x => x.state === "answered") ? "answered" : "failed");
    tree.done = tree.children.length - live.length;
    tree.cost = tree.children.reduce((n, x) => n + x.cost, 0);
    tree.saved = tree.children.reduce((n, x) => n + x.saved, 0);
    tree.origin = tree.children.find(x => x.origin)?.origin ?? tree.own?.origin;
  }
  return [...roots.values()].sort((p, q) => q.when - p.when);
}

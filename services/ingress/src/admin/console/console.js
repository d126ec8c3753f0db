"use strict";
// What is shown was written by strangers: it becomes text, never markup. Pages are addresses after the #.

const main = document.getElementById("main");
const note = document.getElementById("note");

// --- Elements ---

/** `el("td", { class: "bad" }, "text", child)`; an attribute that is a function listens to the event of its name. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

/** Columns are `[title, row => content]`; a number stands on the right. */
function table(columns, rows, none) {
  if (rows.length === 0) return el("p", { class: "soft" }, none);
  const cell = (content) => el("td", typeof content === "number" ? { class: "number" } : {}, content ?? "–");
  const head = ([title, content]) => el("th", typeof content(rows[0]) === "number" ? { class: "number" } : {}, title);
  return el("div", { class: "table" }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map(head))),
    el("tbody", {}, rows.map((row) => el("tr", {}, columns.map(([, content]) => cell(content(row))))))));
}

/** Everything that an object holds. */
function facts(object) {
  const shown = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const rows = Object.entries(object).filter(([, value]) => value !== null && value !== "");
  return el("div", { class: "table" }, el("table", {},
    rows.map(([name, value]) => el("tr", {}, el("th", {}, name), el("td", {}, shown(value))))));
}

const link = (to, text) => el("a", { href: `#/${to}` }, text);
const heading = (text) => el("h2", {}, text);
const button = (text, act) => el("button", { type: "button", click: act }, text);
const field = (title, name, value = "", attributes = {}) =>
  el("label", {}, title, el("input", { name, value, ...attributes }));
const area = (title, name, value = "") =>
  el("label", { class: "wide" }, title, el("textarea", { name, spellcheck: "false" }, value));
const choice = (title, name, values, chosen) =>
  el("label", {}, title, el("select", { name }, values.map((value) => el("option", { value, selected: value === chosen }, value || "any"))));
const form = (submit, ...children) => el("form", {
  submit: (event) => {
    event.preventDefault();
    act(() => submit(Object.fromEntries(new FormData(event.target))));
  },
}, children);
const time = (ms) => (ms ? new Date(ms).toISOString().replace("T", " ").slice(0, 23) : null);

/** Stands at the foot of the page for a while. */
function say(text) {
  note.textContent = text;
  clearTimeout(say.over);
  say.over = setTimeout(() => { note.textContent = ""; }, 15000);
}

// --- Asking ---

async function ask(path, method = "GET", body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const token = sessionStorage.getItem("token");
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(`/admin/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  const json = text ? JSON.parse(text) : null;
  if (answer.ok) return json;
  throw Object.assign(new Error(`${json.detail} (${json.request_id})`), { code: json.code });
}

/** Does something and tells how it went; a page is shown anew unless there is something to read. */
async function act(doing) {
  inUse = true;
  try {
    say("…");
    const told = await doing();
    say(told ?? "Done.");
    if (told === undefined) await show();
  } catch (error) {
    if (error.code === "admin_forbidden") await show();
    say(error.message);
  }
}

/** `name=value` of what is not empty. */
const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();

// --- Lists that go on ---

function filters(page, ...fields) {
  const go = (values) => {
    const to = `#/${page}?${query(values)}`;
    if (location.hash === to) return undefined;
    location.hash = to;
    return "";
  };
  return form(go, fields, el("button", {}, "Show"));
}

function next(page, asked, cursor) {
  if (!cursor) return null;
  return el("p", {}, link(`${page}?${query({ ...Object.fromEntries(asked), cursor })}`, "Next page"));
}

// --- Pages ---

async function overview() {
  const [{ streams }, { endpoints }] = await Promise.all([ask("streams"), ask("endpoints")]);
  return [
    heading("Streams"),
    table([
      ["Stream", (row) => row.stream],
      ["Entries", (row) => row.depth],
      ["Being worked on", (row) => row.pending],
      ["Oldest, seconds", (row) => Math.round(row.oldest_seconds)],
    ], streams, "There are no streams."),
    heading("Endpoints"),
    table([
      ["Endpoint", (row) => link(`limits/${encodeURIComponent(row.id)}`, row.id)],
      ["Path", (row) => row.path],
      ["Provider", (row) => row.provider],
      ["State", (row) => (row.enabled ? "on" : el("span", { class: "bad" }, "off"))],
      ["Requests", (row) => row.metrics.total],
      ["Accepted, %", (row) => Number(row.metrics.success_rate.toFixed(1))],
      ["Mean time, ms", (row) => Number((row.metrics.avg_response_time * 1000).toFixed(2))],
      ["Bad signatures", (row) => row.metrics.signature_failures],
      ["Over a limit", (row) => row.metrics.rate_limit_hits],
    ], endpoints, "The configuration has no endpoints."),
    heading("Send a test"),
    form(async ({ endpoint_id, payload, plain }) => {
      const result = await ask("test-webhook", "POST", { endpoint_id, payload: plain ? payload : JSON.parse(payload) });
      location.hash = `#/events/${result.event_id}`;
      return `Accepted as ${result.event_id}`;
    },
    choice("Endpoint", "endpoint_id", endpoints.map((endpoint) => endpoint.id)),
    el("label", {}, "As it is (XML, form)", el("input", { type: "checkbox", name: "plain" })),
    area("Payload", "payload", '{"type": "test"}'),
    el("button", {}, "Sign and send")),
  ];
}

async function events(id, asked) {
  if (id) return oneEvent(id);
  const steps = ["", "unrouted", "routed", "delivered", "failed", "dead", "replayed", "discarded", "expired"];
  const page = await ask(`events?${asked}`);
  const stand = ({ route, step, error }) =>
    el("div", {}, `${route}: `, el("span", { class: { delivered: "good", dead: "bad", failed: "bad" }[step] ?? "" }, step), error ? ` – ${error}` : "");
  return [
    heading("Events of late"),
    filters("events", field("Endpoint", "endpoint", asked.get("endpoint") ?? ""), field("Type", "event_type", asked.get("event_type") ?? ""),
      field("Route", "route", asked.get("route") ?? ""), choice("Step", "step", steps, asked.get("step") ?? "")),
    table([
      ["Received", (row) => time(row.received_at)],
      ["Event", (row) => link(`events/${row.event_id}`, row.event_id)],
      ["Endpoint", (row) => row.endpoint],
      ["Type", (row) => row.event_type],
      ["Routes", (row) => (row.routes.length ? row.routes.map(stand) : el("span", { class: "soft" }, "wanted by none"))],
    ], page.events, "No such event is known."),
    next("events", asked, page.next_cursor),
  ];
}

async function oneEvent(id) {
  const { steps } = await ask(`events/${encodeURIComponent(id)}`);
  const rest = ({ at, step, event_id, dead_letter, ...others }) =>
    Object.entries(others).filter(([, value]) => value !== null).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ");
  return [
    heading(id),
    table([
      ["When", (row) => row.at ?? "now"],
      ["Step", (row) => row.step],
      ["What is known", (row) => [rest(row), row.dead_letter ? [" ", link(`dead/${row.dead_letter}`, row.dead_letter)] : null]],
    ], steps, "Nothing is known of it."),
  ];
}

async function dead(id, asked) {
  if (id) return oneLetter(id);
  const page = await ask(`dead-letters?${asked}`);
  const chosen = query({ route: asked.get("route"), endpoint: asked.get("endpoint"), error: asked.get("error"), since: asked.get("since") });
  const all = async () => {
    const which = chosen ? Object.fromEntries(new URLSearchParams(chosen)) : { all: true };
    const { would_replay: some, left } = await ask("dead-letters/replay", "POST", { ...which, dry_run: true });
    if (!confirm(`Start ${some.length + left} dead letters again?`)) return "Nothing was started.";
    const done = await ask("dead-letters/replay", "POST", which);
    return `${done.replayed.length} started again; ${done.left} left.`;
  };
  return [
    heading("Dead letters"),
    filters("dead", field("Route", "route", asked.get("route") ?? ""), field("Endpoint", "endpoint", asked.get("endpoint") ?? ""),
      field("Error has", "error", asked.get("error") ?? ""), field("Since", "since", asked.get("since") ?? "", { placeholder: "2h" })),
    table([
      ["Given up", (row) => time(row.last_at)],
      ["Dead letter", (row) => link(`dead/${row.id}`, row.id)],
      ["Event", (row) => link(`events/${row.event_id}`, row.event_id)],
      ["Route → handler", (row) => `${row.route} → ${row.handler}`],
      ["Type", (row) => row.event_type],
      ["Attempts", (row) => row.attempts],
      ["Error", (row) => row.error],
    ], page.dead_letters, "There is none."),
    page.dead_letters.length ? el("p", {}, button(chosen ? "Start all of these again" : "Start all again", () => act(all))) : null,
    next("dead", asked, page.next_cursor),
  ];
}

async function oneLetter(id) {
  const { body, body_base64, headers, ...letter } = await ask(`dead-letters/${encodeURIComponent(id)}`);
  const gone = (told) => {
    location.hash = "#/dead";
    return told;
  };
  return [
    heading(`Dead letter ${id}`),
    el("p", {},
      button("Start again", () => act(async () => {
        const { replayed } = await ask("dead-letters/replay", "POST", { ids: [id] });
        return gone(replayed.length ? `${id} was started again.` : `${id} was no longer there.`);
      })), " ",
      button("Discard", () => confirm("Discard it for good?") && act(async () => {
        await ask(`dead-letters/${encodeURIComponent(id)}`, "DELETE");
        return gone(`${id} was discarded.`);
      }))),
    facts(letter),
    heading("Headers"), table([["Name", ([name]) => name], ["Value", ([, value]) => value]], headers ?? [], "None were kept."),
    heading("Body"), el("pre", {}, pretty(body ?? body_base64 ?? "")),
  ];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function refused(id, asked) {
  if (id) return oneRefused(id);
  const page = await ask(`refused?${asked}`);
  return [
    heading("Refused requests"),
    filters("refused", field("Endpoint", "endpoint", asked.get("endpoint") ?? ""), field("Code", "code", asked.get("code") ?? "")),
    table([
      ["Arrived", (row) => time(row.received_at)],
      ["Request", (row) => link(`refused/${row.id}`, row.id)],
      ["Endpoint", (row) => row.endpoint],
      ["Address", (row) => row.client],
      ["Code", (row) => row.code],
      ["Reason", (row) => row.reason],
    ], page.refused, "None is kept."),
    next("refused", asked, page.next_cursor),
  ];
}

async function oneRefused(id) {
  const { body, body_base64, headers, ...request } = await ask(`refused/${encodeURIComponent(id)}`);
  const judge = (dry_run) => async () => {
    const { replayed: [{ outcome, event_id, code, reason }] } = await ask("refused/replay", "POST", { ids: [id], dry_run });
    return [outcome, event_id, code, reason].filter(Boolean).join(": ");
  };
  return [
    heading(`Refused request ${id}`),
    el("p", {}, button("Would it be accepted now?", () => act(judge(true))), " ", button("Judge it again", () => act(judge(false)))),
    facts(request),
    heading("Headers"), table([["Name", ([name]) => name], ["Value", ([, value]) => value]], headers ?? [], "None were kept."),
    heading("Body"), el("pre", {}, pretty(body ?? body_base64 ?? "")),
  ];
}

async function routes() {
  const { routes: all } = await ask("routes");
  const verdicts = el("div");
  const test = async ({ source, event_type, event, run }) => {
    const wanted = { source, event_type: event_type || undefined, event: JSON.parse(event), run: run === "on", timeout: 10 };
    const told = await ask("routes/test", "POST", wanted);
    verdicts.replaceChildren(
      table([
        ["Route", (row) => row.route],
        ["Matches", (row) => el("span", { class: row.matched ? "good" : "bad" }, row.matched ? "yes" : "no")],
        ["Why not", (row) => row.why],
      ], told.routes, "There are no routes."),
      ...(told.results ? [heading("What became of it"), link(`events/${told.event_id}`, told.event_id), table([
        ["Route", (row) => row.route],
        ["Outcome", (row) => row.outcome],
        ["Attempts", (row) => row.attempts],
        ["Error", (row) => row.error],
      ], told.results, "No route matched.")] : []));
    return `${told.matched} of ${told.routes.length} routes match.`;
  };
  return [
    heading("Routes"),
    table([
      ["Route", (row) => row.name],
      ["Event types", (row) => row.event_types.join(", ") || "any"],
      ["Sources", (row) => row.source_filters.join(", ") || "any"],
      ["Filters", (row) => row.filters.map(({ field: name, operator, value }) => el("div", {}, `${name} ${operator} ${value === undefined ? "" : JSON.stringify(value)}`))],
      ["Priority", (row) => row.priority],
      ["Handler", (row) => row.handler],
      ["State", (row) => (row.enabled ? "on" : el("span", { class: "bad" }, "off"))],
    ], all, "The configuration has no routes."),
    heading("Try an event"),
    form(test, field("Source", "source", "custom", { required: true }), field("Type", "event_type", "", { placeholder: "as in the event" }),
      el("label", {}, "Really run it", el("input", { type: "checkbox", name: "run" })),
      area("Event, as JSON", "event", '{"type": "test"}'), el("button", {}, "Try")),
    verdicts,
  ];
}

async function limits(id) {
  const [{ endpoints }, { blocked, count }] = await Promise.all([ask("endpoints"), ask("blocked")]);
  const chosen = id ?? endpoints[0]?.id;
  const standing = chosen ? await ask(`rate-limits/${encodeURIComponent(chosen)}`) : null;
  const block = async ({ ip, minutes, reason }) => {
    await ask("blocked", "POST", { ip, duration: Math.round(Number(minutes) * 60), reason: reason || undefined });
  };
  return [
    heading("Limits"),
    el("p", {}, endpoints.map((endpoint) => [link(`limits/${encodeURIComponent(endpoint.id)}`, endpoint.id), " "])),
    ...(standing ? [
      el("p", {}, `${chosen}: requests in the last minute ${standing.requests_last_minute}, in the last hour ${standing.requests_last_hour}.`),
      facts(standing.limits),
      table([
        ["Client", (row) => row.client],
        ["Last minute", (row) => row.last_minute],
        ["Left", (row) => row.remaining_minute],
        ["Last hour", (row) => row.last_hour],
        ["Left", (row) => row.remaining_hour],
        ["Blocked for, seconds", (row) => row.blocked_for_seconds],
      ], standing.clients, "Nobody sent in the last hour."),
    ] : []),
    heading(`Blocked addresses (${count})`),
    table([
      ["Address", (row) => row.client],
      ["Seconds left", (row) => row.seconds_left],
      ["By", (row) => row.by],
      ["Reason", (row) => row.reason],
      ["", (row) => button("Lift", () => act(async () => { await ask(`blocked/${row.client}`, "DELETE"); }))],
    ], blocked, "None is blocked."),
    form(block, field("Address", "ip", "", { required: true }), field("Minutes", "minutes", "60", { type: "number", min: "1" }), field("Reason", "reason"), el("button", {}, "Block")),
  ];
}

/** Asked for once in each tab; it is forgotten with it. */
function whoAreYou(why) {
  const enter = ({ token }) => { sessionStorage.setItem("token", token); };
  return [
    el("p", {}, why),
    form(enter, field("Admin token", "token", "", { type: "password", required: true, autocomplete: "off" }), el("button", {}, "Enter")),
  ];
}

// --- Which page ---

const PAGES = { overview, events, dead, refused, routes, limits };
const TITLES = { overview: "Overview", events: "Events", dead: "Dead letters", refused: "Refused", routes: "Routes", limits: "Limits" };
let asking = 0;
/** Something was typed, done or told here, which must stay; until another page is shown. */
let inUse = false;

/** Of the address: a page's name, the id of what it shows, and what is asked of it. */
function wanted() {
  const [path, asked = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, id] = path.split("/").map(decoded);
  return { page: Object.hasOwn(PAGES, name) ? name : "overview", id, asked: new URLSearchParams(asked) };
}

/** As it stands where it is no encoding, such as a lone %. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function show() {
  const mine = ++asking;
  const { page, id, asked } = wanted();
  document.title = `${TITLES[page]} – Hookstream`;
  document.getElementById("nav").replaceChildren(
    ...Object.keys(PAGES).map((other) => el("a", { href: `#/${other}`, "aria-current": other === page && "page" }, TITLES[other])));
  let content, stays = false;
  try {
    content = await PAGES[page](id, asked);
  } catch (error) {
    stays = error.code === "admin_forbidden";
    content = stays ? whoAreYou(error.message) : [el("p", { class: "bad" }, error.message)];
  }
  if (mine !== asking) return;
  document.getElementById("leave").hidden = !sessionStorage.getItem("token");
  main.replaceChildren(...content.filter((child) => child !== null));
  inUse = stays;
}

// --- Again and again ---

const mayChange = () => !document.hidden && !inUse && !main.contains(document.activeElement) && getSelection().isCollapsed;

/** Asks for the page shown once more, where nobody is in the middle of something. What stands there stays if it can't be had. */
async function refresh() {
  if (!mayChange()) return;
  const mine = asking;
  const { page, id, asked } = wanted();
  try {
    const content = await PAGES[page](id, asked);
    if (mine === asking && mayChange()) main.replaceChildren(...content.filter((child) => child !== null));
  } catch (error) {
    if (mine === asking) say(error.message);
  }
}

async function keepFresh() {
  await refresh();
  setTimeout(keepFresh, 5000);
}

document.getElementById("leave").addEventListener("click", () => {
  sessionStorage.removeItem("token");
  show();
});
main.addEventListener("input", () => { inUse = true; });
window.addEventListener("hashchange", show);
show();
setTimeout(keepFresh, 5000);

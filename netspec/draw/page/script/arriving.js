// What is shown.

function learn(content) {       // what follows from the content and is asked for often
  net = content;
  net.takers = new Map();
  net.cards = new Map();
  net.sought = [];
  for (const [id, told] of Object.entries(net.details)) {
    if (!told.at) continue;
    for (const [tail, words] of told.inputs || []) net.takers.set(tail, [...(net.takers.get(tail) || []), [id, words]]);
    if (told.kind === "layer" && told.at[0] === id) { const card = told.at.find(each => each !== id && about(each)?.kind === "layer") || id; net.cards.set(card, [...(net.cards.get(card) || []), id]); }
    if (told.kind === "block" && !id.startsWith("block")) continue;
    const stated = (told.stated || []).map(([name, value]) => `${name}=${value} ${name} = ${value}`);
    const shapes = told.outputs.flatMap(each => [each, each.replaceAll(" × ", "×"), each.replaceAll(" × ", "x")]);
    net.sought.push([id, [told.name, told.type, told.kind, told.block, ...shapes, ...stated].join(" ").toLowerCase()]);
  }
  document.title = net.title;
  const blocks = Object.keys(net.blocks).length > 0;
  at("folding").hidden = !blocks;
  at("fold").disabled = !live && !net.folded;
  at("unfold").disabled = !live && !net.whole;
  if (!live && !net.whole) at("unfold").title = "The net is too large to be drawn open";
}
async function arrive(content) { // live: the spec was saved
  const before = net && { key, box, chosen, size: stage.clientWidth };
  learn(content);
  failing = null;
  if (before && moved) {
    open = new Set([...open].filter(name => net.blocks[name]));
    await rearrange();
    key = null;
  } else {
    key = null;
    turn(net.start, before?.box);
  }
  seek();
  choose(before?.chosen ?? null);
  crumbs();
  if (!spec.hidden) read(about(chosen)?.file ?? 0, about(chosen)?.line);
}
function complain({ problems, text, name }) {
  const list = at("problems");
  list.replaceChildren();
  list.hidden = !problems.length;
  document.body.dataset.problems = problems.length;
  const errors = problems.filter(each => each.severity !== "warning").length;
  failing = errors && text != null ? { name: name || "spec", text } : null;
  list.classList.toggle("mild", !errors);
  if (!problems.length) return spec.hidden || file !== -1 || net?.texts.length ? (file === -1 && !spec.hidden && read(0)) : null;
  const plural = (number, noun) => `${number} ${noun}${number > 1 ? "s" : ""}`;
  const heading = [errors && plural(errors, "problem"), problems.length - errors && plural(problems.length - errors, "warning")].filter(Boolean).join(", ");
  make("h2", list, heading);
  const rows = make("ul", list);
  for (const each of problems) problem(rows, each, name);
  say(heading);
  if (failing && !spec.hidden) read(-1, problems[0].line, true);
}
function problem(rows, each, name) {
  const row = make("li", rows, null, { class: each.severity === "warning" ? "warning" : "error" });
  const words = [each.file || name, each.line, each.column].filter(part => part != null).join(":");
  const last = path => (path || "").split(/[\\/]/).pop(), own = last(each.file || name) === last(name);
  const where = failing && own ? -1 : net?.texts.findIndex(text => text.name === last(each.file || name)) ?? NaN;
  if (each.line && (where >= 0 || (where === -1 && failing && own))) button(row, words, () => read(where, each.line, true));
  else make("span", row, words);
  row.append(" ");
  make("b", row, each.code);
  row.append(` ${each.message}`);
  if (each.excerpt) make("pre", row, each.excerpt);
}
function listen() {
  const events = new EventSource("events");
  events.addEventListener("content", event => {
    const { version, content } = JSON.parse(event.data);
    if (!content) { document.body.dataset.version = version; return; }
    arrive(content).then(() => { document.body.dataset.version = version; });
  });
  events.addEventListener("problems", event => complain(JSON.parse(event.data)));
  events.onopen = () => { at("lost").hidden = true; };
  events.onerror = () => {
    at("lost").hidden = false;
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1500);
  };
}
paint(follows ? (dark.matches ? "dark" : "light") : asked);
if (first) {
  learn(first);
  turn(net.start);
} else {
  at("empty").hidden = false;
  document.body.dataset.ready = "1";
}
if (live) listen();

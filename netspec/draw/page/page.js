"use strict";
(() => {
const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "text", "defs", "linearGradient", "radialGradient", "stop"]);
const WRITTEN = /^(id|class|viewBox|transform|d|points|x|y|x1|y1|x2|y2|cx|cy|fx|fy|r|rx|ry|offset|gradientUnits|fill|data-of)$/;
const STYLED = /^(fill|stroke|font|text|stop|opacity|display)[a-z-]*:[#\w.,%\- ]+$/;
const KEYS = [
  ["/", "search: names, types, shapes, arguments; Enter goes on, Shift+Enter back"],
  ["Tab", "from layer to layer; Enter shows its details, or opens a block"],
  ["← ↑ ↓ →", "move the picture; so does dragging"],
  ["+ −", "zoom; so do the wheel and two fingers"],
  ["f", "the whole picture, or the readable size"],
  ["e c", "open all blocks, or fold all"],
  ["Backspace", "back to what is around a block"],
  ["Esc", "close the details, then back"],
  ["s", "the spec's text"],
  ["t", "light, dark, or for print"],
  ["d", "download the picture as SVG"],
  ["?", "these keys"],
];
const { content: first, live, theme: asked, themes } = JSON.parse(document.getElementById("data").textContent);
const at = id => document.getElementById(id);
const root = document.documentElement, stage = at("stage"), panel = at("details"), spec = at("spec"), query = at("query");
const sheet = new CSSStyleSheet(), calm = matchMedia("(prefers-reduced-motion: reduce)"), dark = matchMedia("(prefers-color-scheme: dark)");
document.adoptedStyleSheets = [sheet];

let net = null;                 // what is shown: see content.py
let key = null, picture = null; // the picture that is shown, and its key among the net's; live, no key once blocks moved
let styles = [];
let svg = null, whole = null;   // the drawing, and the part of its plane that it fills
let box = null;                 // the part that is seen: x, y, width, height
let chosen = null;              // the id of the layer, input or block whose details are shown
let top_ = null;                // the picture of the whole net that was shown last
let open = new Set(), moved = false; // live: the blocks that are open, and whether a reader chose them
let follows = asked === "auto", fitted = false, rested = null; // where the picture was fitted to
let hits = [], hit = -1;
let failing = null;             // live: the text that has problems, while it has
let file = 0;                   // which text the spec's panel shows
const seen = new Map();         // where each picture was left

// Elements and words. Texts of a spec become text nodes, never markup.

function make(tag, parent, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text != null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}
function button(parent, text, act, kind = "link") {
  const made = make("button", parent, text, { type: "button", class: kind });
  made.addEventListener("click", act);
  return made;
}
let fading = 0;
function say(words, plainly) {  // to those who listen; plainly, to those who look, too
  const line = at("said");
  line.classList.toggle("unseen", !plainly);
  clearTimeout(fading);
  if (plainly) fading = setTimeout(() => line.classList.add("unseen"), 6000);
  line.textContent = "";
  requestAnimationFrame(() => { line.textContent = words; });
}
const whole_number = number => number.toLocaleString("en-US");
const about = id => net?.details[id];
const by_id = id => svg?.querySelector("#" + CSS.escape(id));

// The picture.

function clean(element) {
  for (const child of [...element.children]) {
    if (!DRAWN.has(child.localName)) child.remove();
    else clean(child);
  }
  for (const { name, value } of [...element.attributes]) {
    if (name === "xmlns") continue;
    if (!WRITTEN.test(name) || (/url\s*\(/i.test(value) && !/^url\(#g\d+\)$/.test(value))) element.removeAttribute(name);
  }
}
function parsed(text) {
  const found = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (found.localName !== "svg" || found.namespaceURI !== SVG) throw new Error("this is no picture");
  clean(found);
  return document.importNode(found, true);
}
const declared = (row, theme) => (row[themes.indexOf(theme)] || "").split(";").filter(each => STYLED.test(each));
function dress(rows) {
  if (rows === styles) return;
  styles = rows;
  const rule = (theme, where) => rows.map((row, number) => `${where} .k${number}{${declared(row, theme).join(";")}}`).join("\n");
  const screen = themes.map(theme => rule(theme, `[data-theme=${theme}] #stage`)).join("\n");
  sheet.replaceSync(`@media screen{${screen}}\n@media print{${rule("print", "#stage")}}`);
}
function show(made, rows, place) {
  const drawing = parsed(made.svg);
  dress(rows);
  svg?.remove();
  svg = drawing;
  picture = made;
  whole = svg.getAttribute("viewBox").split(/\s+/).map(Number);
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", [net.title, ...net.totals].join(", "));
  annotate();
  stage.prepend(svg);
  at("empty").hidden = true;
  if (place) look(place, true);
  else fit(false, true);
  mark();
  document.body.dataset.ready = "1";
}
function subject(element) {     // whose details a part of the picture shows
  const id = element.id;
  return picture.frames[id] || picture.renamed[id] || element.dataset.of || id;
}
function annotate() {
  for (const element of svg.querySelectorAll(".node, .cluster")) {
    const id = subject(element), told = about(id);
    if (!told) continue;
    const words = [told.kind === "block" ? `Block ${told.name} ${told.times}`.trim() : told.name, told.type || (told.block ?? "input"), ...(told.outputs || [])].join(", ");
    const title = document.createElementNS(SVG, "title");
    title.textContent = words;
    element.prepend(title);
    if (element.dataset.of && !element.id.includes("input_") && element.dataset.of !== element.id) continue;
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    const does = element.matches(".cluster") ? ", open; closes it" : told.kind === "block" ? ", folded; opens it" : "";
    element.setAttribute("aria-label", words + does);
  }
  const edges = svg.querySelectorAll(".edge");
  picture.wires.forEach(([tail, head], number) => { edges[number].ends = [picture.ends[tail], picture.ends[head]]; });
}

// Moving.

function look(to, at_once) {
  if (at_once || calm.matches || !box) {
    box = to;
    return draw();
  }
  const from = box, begin = performance.now(), mine = box = to.slice();
  const step = now => {
    if (box !== mine || !svg) return;
    const share = Math.min(1, (now - begin) / 200), ease = 1 - (1 - share) ** 3;
    draw(from.map((value, index) => value + (to[index] - value) * ease));
    if (share < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}
function draw(now = box) {
  svg.setAttribute("viewBox", now.map(value => value.toFixed(2)).join(" "));
  document.body.dataset.scale = (stage.clientWidth / box[2]).toFixed(3);
}
function fit(all, at_once) {    // what is deep opens readable at its top, not whole and tiny
  const [x, y, wide, high] = whole, across = stage.clientWidth || 1, down = stage.clientHeight || 1;
  const least = Math.min(across / wide, down / high);
  let scale = Math.min(least, 1.4);
  if (!all && least < .95) scale = across / wide >= .95 ? Math.min(across / wide, 1.15) : 1;
  fitted = all || scale === least;
  const width = across / scale, height = down / scale;
  const left = width >= wide ? x - (width - wide) / 2 : x;
  look(rested = [left, height >= high ? y - (height - high) / 2 : y, width, height], at_once);
}
function zoom(times, x, y) {
  const edge = stage.getBoundingClientRect(), [left, top, width, height] = box;
  const factor = Math.max(1 / times, Math.min(stage.clientWidth / width / 12, 1));
  const scale = stage.clientWidth / (width * factor), least = Math.min(.1, stage.clientWidth / whole[2] / 3);
  if (scale < least && factor > 1) return;
  const px = left + ((x ?? edge.left + edge.width / 2) - edge.left) / edge.width * width;
  const py = top + ((y ?? edge.top + edge.height / 2) - edge.top) / edge.height * height;
  look([px - (px - left) * factor, py - (py - top) * factor, width * factor, height * factor], true);
}
function pan(across, down) {    // in pixels; some of the picture stays in sight
  const unit = box[2] / stage.clientWidth, [x, y, wide, high] = whole;
  const bound = (value, low, size, seen) => Math.max(low - seen * .85, Math.min(low + size - seen * .15, value));
  look([bound(box[0] + across * unit, x, wide, box[2]), bound(box[1] + down * unit, y, high, box[3]), box[2], box[3]], true);
}
function center(element, only_if_hidden) {
  const part = element.getBoundingClientRect(), edge = stage.getBoundingClientRect(), margin = 24;
  const seen = (low, high, from, to) => low >= from && (high <= to || (high - low > (to - from) * .8 && low < from + (to - from) / 2));
  if (only_if_hidden && seen(part.left, part.right, edge.left, edge.right) && seen(part.top, part.bottom, edge.top, edge.bottom)) return;
  const now = svg.viewBox.baseVal, unit = now.width / edge.width, tall = part.height > edge.height * .8;
  const dx = part.left + part.width / 2 - edge.left - edge.width / 2;
  const dy = tall ? part.top - edge.top - margin : part.top + part.height / 2 - edge.top - edge.height / 2;
  look([now.x + dx * unit, now.y + dy * unit, box[2], box[3]]);
}

// From picture to picture.

const title_of = name => name && name === net.whole && net.whole !== net.start ? "all open" : null;
function block_of(name) { return name?.startsWith("block:") ? name.slice(6) : null; }
function around(name) {         // the blocks around a block, the outermost first, and itself
  const way = [];
  for (let each = name; each && net.blocks[each]; each = net.blocks[each].above) way.unshift(each);
  return way;
}
function turn(to, place) {
  if (!net.pictures[to]) return false;
  if (key) seen.set(key, box);
  key = to;
  if (!block_of(to)) top_ = to;
  if (live) open = new Set(net.pictures[to].open);
  show(net.pictures[to], net.styles, place);
  crumbs();
  return true;
}
function crumbs() {
  const bar = at("way");
  bar.replaceChildren();
  const inside = block_of(key), rows = [[net.title, () => up(true)], ...around(inside).map(name => [net.blocks[name].name, () => turn(net.blocks[name].picture)])];
  if (title_of(key)) rows.push([title_of(key), () => {}]);
  rows.forEach(([words, act], number) => {
    if (number) make("i", bar, "›", { "aria-hidden": "true" });
    const made = button(bar, words, act, "crumb");
    made.title = words;
    if (number === rows.length - 1) made.setAttribute("aria-current", "page");
  });
}
function up(to_net) {           // back to what is around the block that is shown
  const name = block_of(key);
  if (!name) {
    if (key !== net.start && !live) { choose(null); turn(net.start, seen.get(net.start)); return true; }
    return false;
  }
  const above = to_net ? null : net.blocks[name].above;
  const to = (above && net.blocks[above].picture) || top_ || net.start;
  choose(null);
  turn(to, seen.get(to));
  land(name);
  return true;
}
function land(name) {           // stay with the card of a block that was closed
  const card = [...svg.querySelectorAll(".node.block")].find(each => about(each.id)?.opens === name);
  if (!card) return;
  center(card, true);
  card.focus({ preventScroll: true });
}
async function enter(name, id) {
  if (live) {
    for (const each of around(name)) open.add(each);
    await rearrange();
  } else if (net.blocks[name]?.picture) turn(net.blocks[name].picture);
  else return say(`${name} has no picture of its own on this page`, true);
  const frame = [...svg.querySelectorAll(".cluster")].find(each => picture.frames[each.id] && about(picture.frames[each.id]).opens === name);
  choose(id || (frame ? subject(frame) : null));
  if (frame) {
    if (live) center(frame, true);
    frame.focus({ preventScroll: true });
  }
  say(`Block ${name} is open`);
}
async function leave(name) {
  choose(null);
  if (live) {
    open.delete(name);
    await rearrange();
  } else if (block_of(key)) {
    const outer = around(block_of(key));
    while (block_of(key) && outer.includes(name) && around(block_of(key)).includes(name)) up();
    return;
  } else turn(net.folded);
  land(name);
  say(`Block ${name} is folded`);
}
async function unfold_all() {
  if (at("unfold").disabled) return;
  choose(null);
  if (!live) return turn(net.whole);
  open = new Set(Object.keys(net.blocks));
  await rearrange();
  fit(false, true);
}
async function fold_all() {
  if (at("fold").disabled) return;
  choose(null);
  if (!live) return turn(net.folded);
  open.clear();
  await rearrange();
  fit(false, true);
}
let turns = 0;
async function rearrange() {    // live: the server lays out the blocks that are open
  const mine = ++turns, asks = [...open].sort().map(name => "open=" + encodeURIComponent(name));
  moved = true;
  try {
    const reply = await fetch("picture?" + [...asks, "direction=" + net.direction].join("&"));
    if (!reply.ok) throw new Error((await reply.json()).message);
    const made = await reply.json();
    if (mine !== turns) return;
    key = null;
    show(made, made.styles, box);
    if (chosen) choose(chosen);
    crumbs();
  } catch (error) {
    open = new Set(picture.open);
    say(`The picture could not be drawn: ${error.message}`, true);
  }
}

// Details.

function place_of(id) {         // the element that shows a layer in this picture
  for (const name of about(id)?.at || []) {
    const element = by_id(name);
    if (element) return element;
  }
  const other = Object.keys(picture.renamed).find(name => picture.renamed[name] === id) || Object.keys(picture.frames).find(name => picture.frames[name] === id);
  return other ? by_id(other) : null;
}
const is_hidden = element => !element || (element.matches(".block.node"));
function mark() {               // show what is chosen and what is sought
  const element = chosen && place_of(chosen);
  for (const each of svg.querySelectorAll(".chosen")) each.classList.remove("chosen");
  element?.classList.add("chosen");
  trace(element?.id);
  stage.classList.toggle("traced", !!element && !!svg.querySelector(".edge.on"));
  const found = new Set(hits.map(place_of).filter(Boolean));
  for (const each of svg.querySelectorAll(".node")) each.classList.toggle("hit", found.has(each));
  stage.classList.toggle("sought", found.size > 0);
}
function trace(id) {
  let on = 0;
  for (const edge of svg.querySelectorAll(".edge")) on += edge.classList.toggle("on", !!id && !!edge.ends?.includes(id));
  stage.classList.toggle("crowded", on > 24);
}
function choose(id) {
  chosen = about(id) ? id : null;
  mark();
  panel.hidden = !chosen;
  panel.replaceChildren();
  if (!chosen) return;
  tell(chosen, about(chosen));
  panel.scrollTop = 0;
  document.body.dataset.chosen = chosen;
}
async function go(id) {         // to a layer, wherever it is
  const told = about(id);
  if (!told) return;
  if (is_hidden(place_of(id)) && told.kind !== "block") {
    const blocks = around(told.in);
    if (live) {
      if (blocks.length) { for (const each of blocks) open.add(each); await rearrange(); }
    } else {
      const ways = [...blocks.reverse().map(name => net.blocks[name].picture), net.start, net.whole, net.folded].filter(Boolean);
      const there = name => told.at.some(each => !about(each)?.opens && net.pictures[name].svg.includes(`<g id="${each}"`));
      const to = ways.find(there);
      if (to && to !== key) turn(to);
    }
  }
  choose(id);
  const element = place_of(id);
  if (!element) return say(`${told.name} is not in a picture of this page`, true);
  center(element, true);
  if (document.activeElement !== query) element.focus({ preventScroll: true });
}
function table(parent, rows, part) {
  if (!rows.length) return;
  const body = make("tbody", make("table", parent));
  for (const [name, value] of rows) {
    const row = make("tr", body);
    make("th", row, name, { scope: "row" });
    const cell = make("td", row, value);
    if (name === "parameters" && part) make("progress", cell, null, { class: "share", max: net.parameters, value: part, "aria-label": "share of all parameters" });
  }
}
function links(parent, heading, rows) {
  if (!rows.length) return;
  make("h3", parent, heading);
  for (const [id, words] of rows) {
    if (!about(id)) continue;
    const line = make("span", parent, null, { class: "links" });
    button(line, about(id).name, () => go(id));
    make("small", line, [" ", about(id).type || "input", words ? ` as ${words}` : ""].join(""));
  }
}
function tell(id, told) {
  const kind = net.types[told.type], family = told.leaves && told.kind === "layer" ? "output" : told.kind === "input" ? "input" : kind?.family;
  panel.className = family ? `family-${family}` : "";
  button(panel, "×", () => { choose(null); }, "shut").setAttribute("aria-label", "Close the details");
  const roles = [...(told.kind === "input" ? ["INPUT"] : []), ...(told.leaves ? ["OUTPUT"] : [])];
  for (const role of roles) make("span", panel, role, { class: `role family-${role.toLowerCase()}` });
  make("h2", panel, told.name);
  make("p", panel, told.kind === "input" ? "Input" : told.kind === "block" ? `${told.model ? "Model" : "Block"} ${told.block} ${told.times}`.trim() : `${told.type} · ${kind.family}`, { class: "kind" });
  if (kind?.about) make("p", panel, kind.about.replace(/\.?$/, "."));
  if (told.kind === "block") actions(told);
  if (told.frozen) make("p", panel, "Frozen: training does not change it.");
  make("h3", panel, "Figures");
  const figures = [[told.outputs.length > 1 ? "outputs" : "output", told.outputs.join(", ")]];
  if (told.parameters) figures.push(["parameters", parameters(told)]);
  if (told.macs) figures.push(["multiply-adds", whole_number(told.macs)]);
  table(panel, figures, told.parameters);
  stated(told, kind);
  if (told.weights) { make("h3", panel, "Weights"); table(panel, told.weights); }
  if (told.inside?.length) { make("h3", panel, "Inside"); for (const words of told.inside) make("p", panel, words); }
  if (told.shares) about(told.shares) ? links(panel, "Shares the layer of", [[told.shares, ""]]) : make("p", panel, `Shares ${told.shares}.`);
  links(panel, "From", told.inputs || []);
  links(panel, "To", net.takers.get(id) || []);
  together(id);
  if (told.in && net.blocks[told.in]) {
    make("h3", panel, "In the block");
    button(panel, told.in, () => enter(told.in, id));
  }
  written(told);
}
function parameters(told) {
  const share = 100 * told.parameters / net.parameters, still = told.parameters - (told.trainable ?? told.parameters);
  const kept = told.kind === "layer" && told.trainable === undefined ? ", frozen" : still > 0 && told.kind === "layer" ? `, ${whole_number(still)} not trained` : "";
  return `${whole_number(told.parameters)} (${share < .1 ? "< 0.1" : share.toFixed(1)} %${kept})`;
}
function actions(told) {
  const is_open = Object.values(picture.frames).some(each => about(each)?.opens === told.opens);
  if (is_open) button(panel, "Close the block", () => leave(told.opens), "act");
  else button(panel, "Open the block", () => enter(told.opens), "act");
  if (is_open && !live && !block_of(key)) button(panel, "Show it alone", () => enter(told.opens), "act");
}
function stated(told, kind) {
  const said = told.stated || [], names = new Set(said.map(([name]) => name));
  if (said.length) { make("h3", panel, "Stated"); table(panel, said); }
  const rest = (kind?.defaults || []).filter(([name]) => !names.has(name));
  if (!rest.length) return;
  const more = make("details", panel);
  make("summary", more, `${rest.length} default${rest.length > 1 ? "s" : ""}`);
  table(more, rest);
}
function together(id) {         // what is folded into the same card
  const card = about(id).at?.find(by_id), told = card && about(card);
  if (!told || told.kind !== "layer") return;
  const others = net.cards.get(card)?.filter(each => each !== id) || [];
  links(panel, "In the same card", others.map(each => [each, ""]));
}
function written(told) {
  const text = net.texts[told.file];
  if (!text || !told.line) return;
  make("h3", panel, "Spec");
  button(panel, `${text.name}:${told.line}`, () => read(told.file, told.line));
  const lines = text.text?.split("\n").slice(told.line - 1, told.line + 9) || [];
  const end = /^\s*\[/.test(lines[0]) ? lines.findIndex(line => !line.trim()) : 1; // a table's keys stand under its header
  if (lines[0]?.trim()) make("pre", panel, lines.slice(0, end < 0 ? 10 : end).join("\n").trim());
}

// The spec's text.

function read(number, line, wrong) {
  spec.hidden = false;
  at("source").setAttribute("aria-pressed", "true");
  file = number;
  const shown = number === -1 ? failing : net?.texts[number];
  spec.replaceChildren();
  const head = make("div", spec);
  make("h2", head, shown?.name || "Spec");
  if ((net?.texts.length || 0) > 1 && number !== -1) chooser(head, number);
  button(head, "×", close_spec, "shut").setAttribute("aria-label", "Close the spec");
  if (shown?.text == null) return make("p", spec, shown ? "This text is too long for a page." : "This net was not read from a text.");
  const list = make("ol", spec, null, { class: "lines" }), owners = number === -1 ? new Map() : lines_of(number);
  shown.text.replace(/\n$/, "").split("\n").forEach((text, index) => {
    const row = make("li", list), owner = owners.get(index + 1);
    if (owner) button(row, text, () => go(owner), "").setAttribute("title", about(owner).name);
    else make("span", row, text);
  });
  const row = list.children[line - 1];
  if (!row) return;
  row.classList.add(wrong ? "wrong" : "at");
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "center" });
}
function chooser(head, number) {
  const list = make("select", head, null, { "aria-label": "File" });
  net.texts.forEach((text, index) => make("option", list, text.name, { value: index }));
  list.value = number;
  list.addEventListener("change", () => read(+list.value));
}
function lines_of(number) {     // the first layer that each line says
  const owners = new Map();
  for (const [id, told] of Object.entries(net.details)) {
    if (told.file === number && told.line && told.at && !owners.has(told.line) && told.kind !== "block") owners.set(told.line, id);
  }
  return owners;
}
function close_spec() {
  spec.hidden = true;
  at("source").setAttribute("aria-pressed", "false");
}
function toggle_spec() {
  if (!spec.hidden) return close_spec();
  if (failing) return read(-1);
  const told = about(chosen);
  read(told?.file ?? 0, told?.line);
}

// Searching.

function seek() {
  const words = query.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  hits = words.length && net ? net.sought.filter(([, text]) => words.every(word => text.includes(word))).map(([id]) => id) : [];
  hit = -1;
  count();
  if (svg) mark();
}
function count() {
  at("count").textContent = !query.value.trim() ? "" : !hits.length ? "none" : hit < 0 ? `${hits.length}` : `${hit + 1} / ${hits.length}`;
}
async function next(step) {
  if (!hits.length) return;
  hit = (hit + step + hits.length) % hits.length;
  await go(hits[hit]);
  count();
  say(`${hit + 1} of ${hits.length}: ${about(hits[hit]).name}`);
}

// What a reader does.

const fingers = new Map();
let dragged = 0;
stage.addEventListener("pointerdown", event => {
  if (event.button) return;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  if (fingers.size === 1) dragged = 0;
});
addEventListener("pointermove", event => {
  const before = fingers.get(event.pointerId);
  if (!before || !svg) return;
  const [x, y] = before;
  if (fingers.size === 1) {
    dragged += Math.abs(event.clientX - x) + Math.abs(event.clientY - y);
    if (dragged > 4) {
      stage.classList.add("dragged");
      pan(x - event.clientX, y - event.clientY);
    }
  } else {
    const [ox, oy] = [...fingers].find(([id]) => id !== event.pointerId)[1];
    const apart = (px, py) => Math.max(1, Math.hypot(px - ox, py - oy));
    zoom(apart(event.clientX, event.clientY) / apart(x, y), (event.clientX + ox) / 2, (event.clientY + oy) / 2);
    dragged = 9;
  }
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
});
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, event => { fingers.delete(event.pointerId); stage.classList.remove("dragged"); });
}
stage.addEventListener("wheel", event => {
  event.preventDefault();
  if (!svg) return;
  const amount = event.deltaY * [1, 16, 400][event.deltaMode];
  zoom(Math.exp(-Math.max(-80, Math.min(80, amount)) * (event.ctrlKey ? .01 : .003)), event.clientX, event.clientY);
}, { passive: false });
function press(element) {       // on a layer, a folded block or an open one
  const id = element && subject(element), told = about(id);
  if (!told) return choose(null);
  if (element.matches(".cluster")) return leave(told.opens);
  if (told.kind === "block") return enter(told.opens);
  return choose(id);
}
stage.addEventListener("click", event => {
  if (dragged > 4 || !svg) return;
  press(event.target.closest(".node, .cluster"));
});
stage.addEventListener("pointerover", event => {
  if (!svg || chosen || fingers.size) return;
  const node = event.target.closest(".node");
  trace(node && (node.dataset.of || node.id));
});
stage.addEventListener("focusin", event => { if (event.target.matches(":focus-visible") && svg?.contains(event.target)) center(event.target, true); });
stage.addEventListener("scroll", () => stage.scrollTo(0, 0));
query.addEventListener("input", seek);
at("search").addEventListener("submit", event => event.preventDefault());
query.addEventListener("keydown", event => {
  if (event.key === "Enter") { event.preventDefault(); next(event.shiftKey ? -1 : 1); }
  if (event.key === "Escape") { event.stopPropagation(); query.value = ""; seek(); query.blur(); (chosen && place_of(chosen))?.focus({ preventScroll: true }); }
});
function paint(theme) {
  root.dataset.theme = theme;
  at("theme").textContent = `◐ ${theme[0].toUpperCase()}${theme.slice(1)}`;
}
function repaint() {
  follows = false;
  paint(themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length]);
  say(`${root.dataset.theme} colours`);
}
dark.addEventListener("change", () => follows && paint(dark.matches ? "dark" : "light"));
function save() {
  if (!svg) return;
  const copy = svg.cloneNode(true), [, , wide, high] = whole;
  for (const each of [copy, ...copy.querySelectorAll("*")]) standalone(each);
  const told = (tag, text) => { const made = document.createElementNS(SVG, tag); made.textContent = text; return made; };
  copy.prepend(told("title", net.title), told("desc", [net.description, net.totals.join(", ")].filter(Boolean).join("\n")));
  const font = getComputedStyle(svg).fontFamily;
  for (const [name, value] of Object.entries({ role: "img", width: `${wide}pt`, height: `${high}pt`, viewBox: whole.join(" "), "font-family": font })) copy.setAttribute(name, value);
  const address = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy) + "\n"], { type: "image/svg+xml" }));
  const link = make("a", null, null, { href: address, download: `${[net.title, block_of(key)].filter(Boolean).join("-").replace(/[^\w.-]+/g, "_").slice(0, 80) || "net"}.svg` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
  say("The picture is saved");
}
function standalone(element) {  // classes as the attributes that they stand for in these colours
  const kept = [];
  for (const name of element.classList) {
    const number = /^k(\d+)$/.exec(name)?.[1];
    if (number === undefined) { if (!/^(chosen|hit|on)$/.test(name)) kept.push(name); continue; }
    for (const each of declared(styles[number], root.dataset.theme)) element.setAttribute(...each.split(/:(.*)/s).slice(0, 2));
  }
  if (kept.length) element.setAttribute("class", kept.join(" "));
  else element.removeAttribute("class");
  for (const name of ["tabindex", "role", "aria-label", "data-of"]) element.removeAttribute(name);
}
const ACTS = {
  fit: () => fit(!fitted), in: () => zoom(1.25), out: () => zoom(.8), fold: fold_all, unfold: unfold_all,
  source: toggle_spec, theme: repaint, save, ask: () => at("help").showModal(),
};
for (const [id, act] of Object.entries(ACTS)) at(id).addEventListener("click", () => (svg || ["source", "theme", "ask"].includes(id)) && act());
const LETTERS = { f: "fit", "+": "in", "=": "in", "-": "out", e: "unfold", c: "fold", s: "source", t: "theme", d: "save", "?": "ask" };
const STEPS = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, dialog *")) return;
  const element = event.target.closest?.("#stage [role=button]"), beside = event.target.closest?.("aside, #spec, #problems");
  if (element && (event.key === "Enter" || event.key === " ")) press(element);
  else if (event.key === "/") { query.focus(); query.select(); }
  else if (LETTERS[event.key]) at(LETTERS[event.key]).click();
  else if (svg && STEPS[event.key] && !beside) pan(...STEPS[event.key]);
  else if (event.key === "Escape") escape();
  else if (event.key === "Backspace") { if (svg) up(); }
  else return;
  event.preventDefault();
});
function escape() {
  if (query.value) { query.value = ""; return seek(); }
  if (!svg) return;
  const element = chosen && place_of(chosen);
  if (chosen && !(element?.matches(".cluster"))) { choose(null); element?.focus({ preventScroll: true }); return; }
  if (!up()) choose(null);
}
let size = [0, 0];
new ResizeObserver(() => {      // what was seen is seen
  const now = [stage.clientWidth, stage.clientHeight];
  if (box && size[0] && now[0] && now[1] && !(now[0] === size[0] && now[1] === size[1])) {
    const unit = box[2] / size[0], least = Math.min(now[0] / whole[2], now[1] / whole[3]);
    if (box === rested && fitted && least > .6) fit(true, true);
    else look([box[0] + (size[0] - now[0]) * unit / 2 * (box[2] > whole[2] ? 1 : 0), box[1], now[0] * unit, now[1] * unit], true);
    const element = chosen && place_of(chosen);
    if (element) center(element, true);
  }
  size = now;
}).observe(stage);
addEventListener("beforeprint", () => svg?.setAttribute("viewBox", whole.join(" ")));
addEventListener("afterprint", () => svg && draw());
for (const [keys, does] of KEYS) {
  const list = at("help").querySelector("dl"), term = make("dt", list);
  keys.split(" ").forEach((each, index) => { if (index) term.append(" "); make("kbd", term, each); });
  make("dd", list, does);
}

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
})();

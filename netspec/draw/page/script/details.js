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

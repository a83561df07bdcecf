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

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

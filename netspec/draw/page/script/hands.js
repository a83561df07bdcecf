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

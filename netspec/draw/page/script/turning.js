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

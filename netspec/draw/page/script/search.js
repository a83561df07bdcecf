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

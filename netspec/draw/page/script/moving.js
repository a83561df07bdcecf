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

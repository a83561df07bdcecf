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

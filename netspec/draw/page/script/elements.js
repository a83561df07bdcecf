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

// Padding and usage map: how many windows read each pixel, and with which entry of the kernel.
import {button, clone, make, numberGrid, plural, presets, slider, speech, table, widget} from "./_kit.js";
import {outputSize} from "./_arithmetic.js";
import {PRESETS} from "./_presets.js";

// Which entry of the kernel output (u, v) reads the pixel with, along one axis; or nothing.
function entry(pixel, output, s) {
  const steps = (pixel + s.padding - output * s.stride) / s.dilation;
  return Number.isInteger(steps) && steps >= 0 && steps < s.window ? steps : undefined;
}

function compute(s) {
  const side = Math.max(0, outputSize(s.side, s.window, s.stride, s.padding, s.dilation));
  const along = (pixel) => Array.from({length: side}, (_, u) => entry(pixel, u, s)).filter((a) => a !== undefined).length;
  const counts = table(s.side, s.side, (i, j) => along(i) * along(j));
  return {side, counts, most: Math.max(...counts.flat()), least: Math.min(...counts.flat())};
}

const reach = (s) => s.dilation * (s.window - 1);
const MODES = {
  valid: ["No padding: valid", () => 0],
  same: ["Same size", (s) => (reach(s) % 2 ? undefined : reach(s) / 2)],
  full: ["Full", (s) => reach(s)],
};

function build({state, change, opened}) {
  const pixels = numberGrid({title: "How often each pixel is read", choose: (i, j) => change({at: [i, j]})});
  const outputs = numberGrid({title: "Outputs that read the chosen pixel", tone: "cw-result cw-tiny"});
  const sentence = speech();
  const note = make("p", {class: "cw-note"});
  const examples = presets(PRESETS, (chosen) => change(chosen));
  const fields = {
    side: slider("Image side", 3, 8, (v) => change({side: v, at: state.at.map((a) => Math.min(a, v - 1))})),
    window: slider("Kernel side", 1, 5, (v) => change({window: v})),
    stride: slider("Stride", 1, 4, (v) => change({stride: v})),
    padding: slider("Padding", 0, 8, (v) => change({padding: v})),
    dilation: slider("Dilation", 1, 2, (v) => change({dilation: v})),
  };
  const modes = Object.entries(MODES).map(([key, [label, padding]]) => [key, button(label, () => {
    if (padding(state) !== undefined) change({padding: padding(state), stride: 1});
  })]);
  const reset = button("Reset", () => change(clone(opened)));

  function draw(s, result) {
    const [i, j] = s.at;
    pixels.draw(result.counts, (a, b) => ({
      mark: "cw-shade", shade: result.most ? result.counts[a][b] / result.most : 0,
      label: `pixel row ${a + 1} column ${b + 1}`, pressed: a === i && b === j,
    }));
    const size = `${result.side} by ${result.side}`;
    outputs.node.hidden = !result.side;
    outputs.draw(table(result.side, result.side, () => 0), (u, v) => {
      const [a, b] = [entry(i, u, s), entry(j, v, s)];
      const read = a !== undefined && b !== undefined;
      return {mark: read ? "cw-read" : "", text: !read ? "·" : result.side > 12 ? "" : `${a + 1},${b + 1}`};
    });
    const n = result.side * result.side;
    sentence.say(n
      ? `The pixel in row ${i + 1}, column ${j + 1} is read by ${result.counts[i][j]} of ${plural(n, "window")}. ${result.side > 12 ? "They are amber." : "In each amber output stands the kernel entry (row, column) that multiplies it."}`
      : "The kernel does not fit. Pad more or make it smaller.");
    note.textContent = n ? `Output ${size}. The most used pixel is read ${plural(result.most, "time")}, the least used ${plural(result.least, "time")}${result.least ? "" : ": it cannot influence anything"}.` : "";
    for (const [key, field] of Object.entries(fields)) field.set(s[key]);
    for (const [key, node] of modes) {
      const padding = MODES[key][1](s);
      node.disabled = padding === undefined;
      node.title = node.disabled ? "An even reach cannot be padded equally on both sides" : "";
      node.setAttribute("aria-pressed", String(s.stride === 1 && s.padding === padding));
    }
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, reset),
    make("div", {class: "cw-stages"}, pixels.node, outputs.node), sentence.node, note,
    make("div", {class: "cw-controls"}, make("div", {class: "cw-player", role: "group", "aria-label": "Usual paddings"}, ...modes.map(([, n]) => n)),
      ...Object.values(fields).map((f) => f.node)));
  return {node, draw};
}

export default widget(PRESETS[0].state, compute, build);

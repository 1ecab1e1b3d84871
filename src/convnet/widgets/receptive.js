// Receptive field: which pixels of one row a number depends on, through any stack of windows.
import {button, clone, drawing, make, plural, presets, range, slider, speech, widget} from "./_kit.js";
import {outputSize} from "./_arithmetic.js";
import {PRESETS} from "./_presets.js";

function compute(s) {
  let [size, jump, length] = [1, 1, s.length];
  const rows = [];
  for (const {kernel, stride, dilation} of s.layers) {
    size += dilation * (kernel - 1) * jump;
    jump *= stride;
    length = outputSize(length, kernel, stride, 0, dilation);
    rows.push({size, jump, length: Math.max(0, length)});
  }
  return {rows, size, jump};
}

// Which positions of each row the chosen number reads, from the last row down to the pixels.
function cone(s, at) {
  let lit = new Set([at]);
  const rows = [lit];
  for (const {kernel, stride, dilation} of [...s.layers].reverse()) {
    lit = new Set([...lit].flatMap((i) => range(kernel).map((a) => i * stride + a * dilation)));
    rows.unshift(lit);
  }
  return rows;
}

const GAP = 34;

function picture(s, result, at, choose) {
  const lengths = [s.length, ...result.rows.map((row) => row.length)];
  const offset = [0, ...result.rows.map((row) => (row.size - 1) / 2)];
  const jumps = [1, ...result.rows.map((row) => row.jump)];
  const height = GAP * s.layers.length;
  const x = (row, i) => 10 + 16 * (offset[row] + i * jumps[row]);
  const y = (row) => 12 + height - GAP * row;
  const svg = drawing("svg", {viewBox: `0 0 ${16 * s.length + 4} ${height + 24}`, class: "cw-cone", role: "img", style: `max-width: ${Math.max(14, 2 * s.length)}rem`});
  const lit = cone(s, at);
  s.layers.forEach(({kernel, stride, dilation}, n) => {
    const line = (i, a) => `M${x(n + 1, i)} ${y(n + 1)}L${x(n, i * stride + a * dilation)} ${y(n)}`;
    const draw = (units, style) => drawing("path", {class: style, d: units.flatMap((i) => range(kernel).map((a) => line(i, a))).join("")});
    svg.append(draw(range(lengths[n + 1]).filter((i) => !lit[n + 1].has(i)), "cw-wire"), draw([...lit[n + 1]], "cw-wire cw-lit"));
  });
  lengths.forEach((length, row) => range(length).forEach((i) => {
    const dot = drawing("circle", {cx: x(row, i), cy: y(row), r: 6, class: `cw-dot ${lit[row].has(i) ? "cw-lit" : ""} ${row === 0 ? "cw-pixel" : ""}`});
    if (row === lengths.length - 1) dot.addEventListener("click", () => choose(i));
    svg.append(dot);
  }));
  svg.setAttribute("aria-label", `A row of ${s.length} pixels at the bottom and ${plural(s.layers.length, "layer")} above it; ${lit[0].size} pixels are lit.`);
  return {svg, lit: [...lit[0]]};
}

function build({state, change, opened}) {
  const drawn = make("div", {class: "cw-drawn"});
  const sentence = speech("cw-tall");
  const list = make("ol", {class: "cw-layers"});
  const examples = presets(PRESETS, (chosen) => change(chosen));
  const length = slider("Pixels in the row", 3, 32, (v) => change({length: v}));
  const unit = make("input", {type: "range", min: 0, step: 1, "aria-label": "Number of the last layer that is looked at"});
  unit.addEventListener("input", () => change({at: unit.valueAsNumber}));
  const move = make("span", {class: "cw-field"}, make("span", {"aria-hidden": "true"}, "Look at number"), unit);
  const add = button("Add a layer", () => change({layers: [...state.layers, {kernel: 3, stride: 1, dilation: 1}]}));
  const reset = button("Reset", () => change(clone(opened)));
  let rows = [];

  function layerRow(n) {
    const edit = (key) => (v) => change({layers: state.layers.map((layer, i) => (i === n ? {...layer, [key]: v} : layer))});
    const of = ` of layer ${n + 1}`;
    const fields = {kernel: slider("Window", 1, 7, edit("kernel"), of), stride: slider("Stride", 1, 4, edit("stride"), of), dilation: slider("Dilation", 1, 4, edit("dilation"), of)};
    const drop = button("✕", () => {
      change({layers: state.layers.filter((_, i) => i !== n)});
      (rows[n - 1]?.drop ?? add).focus();
    }, {"aria-label": `Delete layer ${n + 1}`});
    const told = make("p", {class: "cw-numbers"});
    const node = make("li", {class: "cw-layer"},
      make("div", {class: "cw-controls"}, make("b", {}, `Layer ${n + 1}`), ...Object.values(fields).map((f) => f.node), drop), told);
    return {node, fields, drop, told};
  }
  function draw(s, result) {
    if (rows.length !== s.layers.length) {
      rows = s.layers.map((_, n) => layerRow(n));
      list.replaceChildren(...rows.map((row) => row.node));
    }
    rows.forEach((row, n) => {
      for (const [key, field] of Object.entries(row.fields)) field.set(s.layers[n][key]);
      const {size, jump, length: count} = result.rows[n];
      row.told.textContent = `Each number sees ${plural(size, "pixel")}; the next one's window lies ${plural(jump, "pixel")} further; ${plural(count, "number")} in this row.`;
    });
    const last = result.rows.at(-1)?.length ?? s.length;
    drawn.hidden = move.hidden = last < 1;
    if (last < 1) {
      sentence.say("The row of pixels is too short for these windows: add pixels or delete a layer.");
    } else {
      const at = Math.max(0, Math.min(s.at, last - 1));
      unit.max = last - 1;
      unit.value = at;
      const {svg, lit} = picture(s, result, at, (i) => change({at: i}));
      drawn.replaceChildren(svg);
      const sorted = lit.sort((a, b) => a - b);
      const holes = sorted.length < result.size ? `, of which it reads only ${sorted.length}` : "";
      unit.setAttribute("aria-valuetext", `number ${at + 1} of ${last}`);
      sentence.say(`Number ${at + 1} of the last layer sees ${plural(result.size, "pixel")}, ${sorted[0] + 1} to ${sorted.at(-1) + 1}${holes}. In two dimensions: ${result.size} × ${result.size}.`);
    }
    length.set(s.length);
    add.disabled = s.layers.length >= 6;
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, reset), drawn, make("div", {class: "cw-controls"}, move, length.node),
    sentence.node, list, make("div", {class: "cw-controls"}, add));
  return {node, draw};
}

export default widget(PRESETS[0].state, compute, build);

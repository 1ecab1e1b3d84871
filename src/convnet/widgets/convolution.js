// Convolution explorer: one kernel slides over one image; every product of the chosen output shown.
import {button, clone, make, numberGrid, player, plural, presets, shown, signed, slider, speech, table, toggle, widget} from "./_kit.js";
import {correlate, dropped, halfTurn, outputSize, padded} from "./_arithmetic.js";
import {PRESETS} from "./_presets.js";

const settings = (s) => ({stride: s.stride, padding: s.padding, dilation: s.dilation});

function compute(s) {
  const used = s.flip ? halfTurn(s.kernel) : s.kernel;
  const output = correlate(s.image, used, settings(s));
  const spare = (n, k) => Math.max(0, dropped(n, k, s.stride, s.padding, s.dilation));
  const lost = output.length ? [spare(s.image.length, s.kernel.length), spare(s.image[0].length, s.kernel[0].length)] : [0, 0];
  return {output, used, dropped: lost};
}

// The chosen output, inside the output whatever was changed.
function place(s, output) {
  return [Math.min(s.at[0], output.length - 1), Math.min(s.at[1], output[0].length - 1)];
}

function formula(s, {output, used}, [i, j]) {
  const wide = padded(s.image, s.padding);
  const rows = used.map((row, a) => row.map((w, b) =>
    `${signed(wide[i * s.stride + a * s.dilation][j * s.stride + b * s.dilation])}·${signed(w)}`).join(" + "));
  return `Output row ${i + 1}, column ${j + 1}: ${rows.join(" + ")} = ${shown(output[i][j])}`;
}

function size(name, n, k, s) {
  const out = outputSize(n, k, s.stride, s.padding, s.dilation);
  return `${name}: ⌊(${n} + 2·${s.padding} − ${s.dilation}·(${k} − 1) − 1) / ${s.stride}⌋ + 1 = ${shown(out)}`;
}

function loss(s, [rows, columns]) {
  if (!rows && !columns) return "The windows reach the last row and the last column.";
  const parts = [rows && plural(rows, "row") + " at the bottom", columns && plural(columns, "column") + " at the right"];
  const where = s.padding ? " of the padded image" : "";
  return `The floor drops ${parts.filter(Boolean).join(" and ")}${where}: no window reads them (hatched).`;
}

function build({state, change, opened}) {
  const set = (key) => (i, j, value) => {
    const next = clone(state[key]);
    next[i][j] = value;
    change({[key]: next});
  };
  const image = numberGrid({title: "Image", tone: "cw-image", edit: (i, j, v) => set("image")(i - state.padding, j - state.padding, v)});
  const kernel = numberGrid({title: "Kernel", tone: "cw-kernel", edit: set("kernel")});
  const turned = numberGrid({title: "Kernel, turned by half a turn", tone: "cw-kernel"});
  const output = numberGrid({title: "Output", tone: "cw-result", choose: (i, j) => change({at: [i, j]})});
  const sentence = speech("cw-tall");
  const sizes = make("p", {class: "cw-note"});

  function go(step) {
    const shape = compute(state).output;
    if (!shape.length) return false;
    const [i, j] = place(state, shape);
    const n = shape.length * shape[0].length;
    const next = (i * shape[0].length + j + step + n) % n;
    change({at: [Math.floor(next / shape[0].length), next % shape[0].length]});
    return next < n - 1;
  }
  const walk = player(go, sentence.quiet);
  const examples = presets(PRESETS, (chosen) => { walk.pause(); change(chosen); });
  const resized = (old, n) => table(n, n, (i, j) => old[i]?.[j] ?? 0);
  const fields = {
    stride: slider("Stride", 1, 4, (v) => change({stride: v})),
    padding: slider("Padding", 0, 2, (v) => change({padding: v})),
    dilation: slider("Dilation", 1, 3, (v) => change({dilation: v})),
    side: slider("Image side", 2, 8, (v) => change({image: resized(state.image, v)})),
    window: slider("Kernel side", 1, 5, (v) => change({kernel: resized(state.kernel, v)})),
  };
  const flip = toggle("Turn the kernel (true convolution)", (on) => change({flip: on}));
  const reset = button("Reset", () => { walk.pause(); change(clone(opened)); });

  function draw(s, result) {
    const fits = result.output.length > 0;
    const at = fits ? place(s, result.output) : [0, 0];
    const {stride, padding: p, dilation} = s;
    const wide = padded(s.image, p);
    image.draw(wide, (i, j) => {
      const inside = s.image[i - p]?.[j - p] !== undefined;
      const [a, b] = [(i - at[0] * stride) / dilation, (j - at[1] * stride) / dilation];
      const weight = fits ? result.used[a]?.[b] : undefined;
      const lost = i >= wide.length - result.dropped[0] || j >= wide[0].length - result.dropped[1];
      const mark = `${inside ? "" : "cw-pad"} ${weight === undefined ? "" : "cw-read"} ${lost ? "cw-drop" : ""}`;
      return {mark, fixed: !inside, weight: weight === undefined ? undefined : `×${shown(weight)}`,
        label: `image row ${i - p + 1} column ${j - p + 1}`};
    });
    kernel.draw(s.kernel);
    turned.node.hidden = !s.flip;
    if (s.flip) turned.draw(result.used);
    output.node.hidden = !fits;
    if (fits) {
      output.draw(result.output, (i, j) => ({pressed: i === at[0] && j === at[1]}));
      sentence.say(formula(s, result, at));
      const [h, w] = [s.image.length, s.image[0].length];
      sizes.textContent = `${size("Output rows", h, s.kernel.length, s)}. ${
        h === w && s.kernel.length === s.kernel[0].length ? "" : `${size("Columns", w, s.kernel[0].length, s)}. `}${loss(s, result.dropped)}`;
    } else {
      const reach = dilation * (s.kernel.length - 1) + 1;
      sentence.say(`The kernel reaches over ${reach} rows and does not fit. Make the image larger, pad more, or dilate less.`);
      sizes.textContent = "";
    }
    for (const key of ["stride", "padding", "dilation"]) fields[key].set(s[key]);
    fields.side.set(s.image.length);
    fields.window.set(s.kernel.length);
    flip.set(s.flip);
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, reset),
    make("div", {class: "cw-stages"}, image.node, make("div", {class: "cw-stack"}, kernel.node, turned.node), output.node),
    sentence.node, sizes,
    make("div", {class: "cw-controls"}, walk.node, ...Object.values(fields).map((f) => f.node), flip.node));
  return {node, draw, stop: walk.pause};
}

export default widget(PRESETS[0].state, compute, build);

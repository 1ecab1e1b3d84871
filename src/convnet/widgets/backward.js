// Backwards through a convolution: the kernel's gradient is a correlation of image and error, the
// image's gradient one of the spread error and the turned kernel.
import {button, clone, make, numberGrid, player, presets, select, shown, signed, slider, speech, table, widget} from "./_kit.js";
import {correlate, correlateBackward, halfTurn, outputSize, padded} from "./_arithmetic.js";
import {PRESETS} from "./_presets.js";

const how = (s) => ({stride: s.stride, padding: s.padding});

// The error with stride − 1 zeros between its numbers, and a border on which the turned kernel
// slides: k − 1 − p wide, wider at the far end where the floor dropped rows.
function spread(s) {
  const k = s.kernel.length;
  const [rows, columns] = [s.error.length, s.error[0].length].map((n) => (n - 1) * s.stride + 1);
  const border = k - 1 - s.padding;
  const spare = (n) => (n + 2 * s.padding - k) % s.stride;
  return table(rows + 2 * border + spare(s.image.length), columns + 2 * border + spare(s.image[0].length), (i, j) => {
    const [u, v] = [(i - border) / s.stride, (j - border) / s.stride];
    return {value: s.error[u]?.[v] ?? 0, given: s.error[u]?.[v] !== undefined, u, v};
  });
}

function compute(s) {
  const output = correlate(s.image, s.kernel, how(s));
  const wide = spread(s);
  const error = wide.map((row) => row.map((e) => e.value));
  return {output, spread: error, ...correlateBackward(s.image, s.kernel, s.error, how(s)), again: correlate(error, halfTurn(s.kernel))};
}

function build({state, change, opened}) {
  const set = (key) => (i, j, v) => {
    const next = clone(state[key]);
    next[i][j] = v;
    change({[key]: next});
  };
  // The error has one number for each output: whatever changes the output's size changes it too.
  function resized(patch) {
    const s = {...state, ...patch};
    const size = (n) => outputSize(n, s.kernel.length, s.stride, s.padding);
    const sides = [size(s.image.length), size(s.image[0].length)];
    if (sides.some((n) => n < 1) || s.padding > s.kernel.length - 1) return draw(state, compute(state));
    change({...patch, error: table(...sides, (i, j) => state.error[i]?.[j] ?? ((i + j) % 2 ? -1 : 1)), at: [0, 0]});
  }
  const image = numberGrid({title: "Image", tone: "cw-image", edit: (i, j, v) => set("image")(i - state.padding, j - state.padding, v)});
  const kernel = numberGrid({title: "Kernel", tone: "cw-kernel", edit: set("kernel")});
  const error = numberGrid({title: "Error of the output", name: "error", tone: "cw-image", edit: set("error")});
  const wide = numberGrid({title: "The error, spread and bordered", tone: "cw-image"});
  const turned = numberGrid({title: "Kernel, turned", tone: "cw-kernel"});
  const dw = numberGrid({title: "Gradient of the kernel", tone: "cw-result", choose: (i, j) => change({of: "kernel", at: [i, j]})});
  const dx = numberGrid({title: "Gradient of the image", tone: "cw-result", choose: (i, j) => change({of: "image", at: [i, j]})});
  const sentence = speech("cw-tall");
  const note = make("p", {class: "cw-note"});
  const of = select("Walk through the gradient of", [["kernel", "the kernel"], ["image", "the image"]], (v) => change({of: v, at: [0, 0]}));
  const stride = slider("Stride", 1, 3, (v) => resized({stride: v}));
  const padding = slider("Padding", 0, 2, (v) => resized({padding: v}));
  const side = slider("Kernel side", 1, 3, (n) => resized({kernel: table(n, n, (i, j) => state.kernel[i]?.[j] ?? 0), padding: Math.min(state.padding, n - 1)}));
  const walked = () => (state.of === "kernel" ? state.kernel : state.image);
  function go(step) {
    const [h, w] = [walked().length, walked()[0].length];
    const next = (state.at[0] * w + state.at[1] + step + h * w) % (h * w);
    change({at: [Math.floor(next / w), next % w]});
    return next < h * w - 1;
  }
  const walk = player(go, sentence.quiet);
  const examples = presets(PRESETS, (chosen) => { walk.pause(); change(chosen); });
  const reset = button("Reset", () => { walk.pause(); change(clone(opened)); });

  // Gradient of kernel entry (a, b): which pixels it met, and with which error.
  function drawKernelSide(s, result, [a, b]) {
    const outside = padded(s.image, s.padding);
    const met = (i, j) => s.error[(i - a) / s.stride]?.[(j - b) / s.stride];
    image.draw(outside, (i, j) => {
      const inside = s.image[i - s.padding]?.[j - s.padding] !== undefined;
      const weight = met(i, j);
      return {fixed: !inside, label: `image row ${i - s.padding + 1} column ${j - s.padding + 1}`, weight: weight === undefined ? undefined : `×${shown(weight)}`,
        mark: `${inside ? "" : "cw-pad"} ${weight === undefined ? "" : "cw-read"}`};
    });
    error.draw(s.error, () => ({mark: "cw-read"}));
    const terms = s.error.flatMap((row, u) => row.map((g, v) => `${signed(outside[u * s.stride + a][v * s.stride + b])}·${signed(g)}`));
    sentence.say(`Gradient of kernel row ${a + 1}, column ${b + 1}: ${terms.join(" + ")} = ${shown(result.dw[a][b])}`);
    note.textContent = "A correlation of the image with the error: each output that used this entry adds its pixel times its error.";
  }
  // Gradient of pixel (i, j): the window of the spread error on which the turned kernel lies.
  function drawImageSide(s, result, [i, j]) {
    const flipped = halfTurn(s.kernel);
    const all = spread(s);
    wide.draw(result.spread, (r, c) => {
      const weight = flipped[r - i]?.[c - j];
      return {mark: `${all[r][c].given ? "" : "cw-pad"} ${weight === undefined ? "" : "cw-read"}`, weight: weight === undefined ? undefined : `×${shown(weight)}`};
    });
    turned.draw(flipped);
    image.draw(padded(s.image, s.padding), (r, c) => {
      const inside = s.image[r - s.padding]?.[c - s.padding] !== undefined;
      return {fixed: !inside, label: `image row ${r - s.padding + 1} column ${c - s.padding + 1}`, mark: inside ? (r - s.padding === i && c - s.padding === j ? "cw-chosen" : "") : "cw-pad"};
    });
    error.draw(s.error, (u, v) => {
      const [a, b] = [i + s.padding - u * s.stride, j + s.padding - v * s.stride];
      return {mark: s.kernel[a]?.[b] === undefined ? "" : "cw-read"};
    });
    const terms = flipped.flatMap((row, a) => row.map((w, b) => [all[i + a][j + b], w])).filter(([e]) => e.given)
      .map(([e, w]) => `${signed(e.value)}·${signed(w)}`);
    sentence.say(`Gradient of pixel row ${i + 1}, column ${j + 1}: ${terms.length ? terms.join(" + ") : "no output read it"} = ${shown(result.dx[i][j])}`);
    note.textContent = `A correlation of the error with the turned kernel: ${s.stride - 1 ? `${s.stride - 1} zero${s.stride > 2 ? "s" : ""} between errors (stride ${s.stride}), ` : ""}a border of k − 1 − p = ${s.kernel.length - 1 - s.padding}.`;
  }
  function draw(s, result) {
    const kernelSide = s.of === "kernel";
    wide.node.hidden = turned.node.hidden = kernelSide;
    kernel.draw(s.kernel, (a, b) => ({mark: kernelSide && a === s.at[0] && b === s.at[1] ? "cw-chosen" : ""}));
    (kernelSide ? drawKernelSide : drawImageSide)(s, result, s.at);
    const pressed = (key) => (i, j) => ({pressed: s.of === key && i === s.at[0] && j === s.at[1]});
    dw.draw(result.dw, pressed("kernel"));
    dx.draw(result.dx, pressed("image"));
    of.set(s.of);
    stride.set(s.stride);
    padding.set(s.padding);
    side.set(s.kernel.length);
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, reset),
    make("div", {class: "cw-stages"}, image.node, kernel.node, error.node),
    make("div", {class: "cw-stages"}, wide.node, turned.node, dw.node, dx.node),
    sentence.node, note,
    make("div", {class: "cw-controls"}, of.node, walk.node, stride.node, padding.node, side.node));
  return {node, draw, stop: walk.pause};
}

export default widget(PRESETS[0].state, compute, build);

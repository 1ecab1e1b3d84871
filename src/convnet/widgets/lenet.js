// A trained LeNet-5 in the page: draw a digit, see every feature map and the probabilities.
import {button, clone, make, plural, presets, range, shown, speech, widget} from "./_kit.js";
import {correlate, pool, softmax} from "./_arithmetic.js";
import {LENET} from "./_lenet.js";
import {PRESETS} from "./_presets.js";

const SIDE = 28;

// Eight-bit numbers times a factor, in the shape they are used in.
function decoded({shape, scale, data}) {
  const flat = Array.from(new Int8Array(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer), (v) => v * scale);
  const folded = (values, sizes) => {
    if (sizes.length === 1) return values;
    const step = values.length / sizes[0];
    return range(sizes[0]).map((i) => folded(values.slice(i * step, (i + 1) * step), sizes.slice(1)));
  };
  return folded(flat, shape);
}
const WEIGHTS = Object.fromEntries(Object.entries(LENET).map(([name, array]) => [name, decoded(array)]));

// How much ink a pen of the thickness of MNIST's leaves on each pixel: lines over points (x, y).
function inked(strokes) {
  const ink = range(SIDE).map(() => range(SIDE).map(() => 0));
  const mark = (i, j, [x1, y1], [x2, y2]) => {
    const [dx, dy] = [x2 - x1, y2 - y1];
    const along = Math.max(0, Math.min(1, ((j - x1) * dx + (i - y1) * dy) / (dx * dx + dy * dy || 1)));
    const distance = Math.hypot(j - x1 - along * dx, i - y1 - along * dy);
    ink[i][j] = Math.max(ink[i][j], Math.min(1, Math.max(0, 1.75 - distance)));
  };
  for (const line of strokes) {
    for (let n = 0; n < Math.max(1, line.length - 1); n++) {
      const [a, b] = [line[n], line[n + 1] ?? line[n]];
      for (let i = Math.max(0, Math.floor(Math.min(a[1], b[1]) - 2)); i <= Math.min(SIDE - 1, Math.ceil(Math.max(a[1], b[1]) + 2)); i++) {
        for (let j = Math.max(0, Math.floor(Math.min(a[0], b[0]) - 2)); j <= Math.min(SIDE - 1, Math.ceil(Math.max(a[0], b[0]) + 2)); j++) mark(i, j, a, b);
      }
    }
  }
  return ink;
}

// As MNIST's digits were made: scaled to a box of 20, then the centre of mass to the middle.
function centred(strokes) {
  const points = strokes.flat();
  if (!points.length) return inked([]);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const size = Math.max(Math.max(...xs) - left, Math.max(...ys) - top, 6);
  const scale = 17.5 / size;
  const first = strokes.map((line) => line.map(([x, y]) => [(x - left) * scale + 5, (y - top) * scale + 5]));
  const ink = inked(first);
  const total = ink.flat().reduce((t, v) => t + v, 0);
  const mass = (axis) => ink.reduce((t, row, i) => t + row.reduce((s, v, j) => s + v * (axis ? j : i), 0), 0) / total;
  const [down, right] = [14 - mass(0), 14 - mass(1)];
  return inked(first.map((line) => line.map(([x, y]) => [x + right, y + down])));
}

const relu = (maps) => maps.map((map) => map.map((row) => row.map((v) => Math.max(0, v))));

function convolved(maps, name) {
  const bias = WEIGHTS[`${name}.bias`];
  return relu(WEIGHTS[`${name}.weight`].map((filter, f) => {
    const parts = filter.map((kernel, c) => correlate(maps[c], kernel));
    return parts[0].map((row, i) => row.map((_, j) => parts.reduce((t, part) => t + part[i][j], bias[f])));
  }));
}

function affine(x, name) {
  return WEIGHTS[`${name}.weight`].map((row, k) => row.reduce((t, w, i) => t + w * x[i], WEIGHTS[`${name}.bias`][k]));
}

function compute(s) {
  const input = s.pixels ?? centred(s.strokes);
  const first = convolved([input], "features.0");
  const firstPooled = first.map((map) => pool(map, "max", 2, 2));
  const second = convolved(firstPooled, "features.3");
  const secondPooled = second.map((map) => pool(map, "max", 2, 2));
  const dense1 = affine(secondPooled.flat(2), "classifier.1").map((v) => Math.max(0, v));
  const dense2 = affine(dense1, "classifier.3").map((v) => Math.max(0, v));
  const logits = affine(dense2, "classifier.5");
  return {input, first, firstPooled, second, secondPooled, dense1, dense2, logits, probabilities: softmax(logits)};
}

// The maps of a layer, side by side; white is the layer's largest number.
function panel(title, count, size, columns) {
  const canvases = range(count).map(() => make("canvas", {role: "img", style: `width: ${size}px`}));
  const node = make("div", {class: "cw-stage", role: "group", "aria-label": title}, make("div", {class: "cw-title"}, title),
    make("div", {class: "cw-maps", style: columns ? `max-width: ${columns * (size + 4)}px` : ""}, ...canvases));
  function draw(maps) {
    const most = Math.max(1e-9, ...maps.flat(2));
    maps.forEach((map, n) => {
      const image = new ImageData(map[0].length, map.length);
      map.flat().forEach((v, k) => { const grey = (255 * v) / most; image.data.set([grey, grey, grey, 255], 4 * k); });
      const canvas = canvases[n];
      [canvas.width, canvas.height] = [image.width, image.height];
      canvas.getContext("2d").putImageData(image, 0, 0);
      canvas.setAttribute("aria-label", `${count > 1 ? `Map ${n + 1}` : title}: largest ${shown(Math.max(...map.flat()))}`);
    });
  }
  return {node, draw};
}

const percent = (p) => (p < 0.0005 ? "<0.1 %" : `${+(100 * p).toFixed(1)} %`);

function build({state, change}) {
  const pad = make("canvas", {width: 10 * SIDE, height: 10 * SIDE, class: "cw-pad-area", tabindex: "0", role: "application",
    "aria-label": "Drawing area. The arrow keys move the pen, the space bar lowers and lifts it."});
  const where = make("p", {class: "cw-note", "aria-live": "polite"}, "Draw with pointer or finger; or focus the area, move the pen with the arrow keys and press the space bar.");
  const panels = {
    input: panel("It reads 28 × 28", 1, 112), first: panel("First convolution and ReLU, 6 maps of 24 × 24", 6, 72),
    firstPooled: panel("Pooled, 6 × 12 × 12", 6, 48), second: panel("Second convolution and ReLU, 16 maps of 8 × 8", 16, 48, 8),
    secondPooled: panel("Pooled, 16 × 4 × 4", 16, 32, 8), dense1: panel("Dense, 120 numbers", 1, 144), dense2: panel("Dense, 84 numbers", 1, 144),
  };
  const bars = range(10).map((k) => ({bar: make("span", {class: "cw-bar"}), text: make("span", {}), digit: k}));
  const list = make("ol", {class: "cw-classes", "aria-label": "Probability of each digit"},
    ...bars.map(({bar, text, digit}) => make("li", {}, make("b", {}, String(digit)), make("span", {class: "cw-track", "aria-hidden": "true"}, bar), text)));
  const sentence = speech();
  const examples = presets(PRESETS, (chosen) => change(chosen));
  const clear = button("Clear", () => change({strokes: []}));
  const undo = button("Undo the last stroke", () => change({strokes: state.strokes.slice(0, -1)}));
  let [pen, down, last] = [[14, 14], false, 0];

  const extended = (point) => [...state.strokes.slice(0, -1), [...state.strokes.at(-1), point]];
  function place(event) {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }
  let drawing = false;
  pad.addEventListener("pointerdown", (event) => {
    drawing = true;
    pad.setPointerCapture(event.pointerId);
    change({strokes: [...state.strokes, [place(event)]]});
  });
  pad.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    state.strokes = extended(place(event));
    paint();
    if (event.timeStamp - last > 100) { last = event.timeStamp; change({strokes: state.strokes}); }
  });
  for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, () => { if (drawing) { drawing = false; change({strokes: state.strokes}); } });
  const STEPS = {ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]};
  pad.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    if (step) pen = pen.map((v, axis) => Math.max(1, Math.min(SIDE - 1, v + step[axis])));
    else down = !down;
    if (down) change({strokes: step ? extended([...pen]) : [...state.strokes, [[...pen]]]});
    else paint();
    where.textContent = `Pen ${down ? "down" : "up"}, row ${pen[1]}, column ${pen[0]} of ${SIDE}.`;
  });
  pad.addEventListener("focus", () => paint());
  pad.addEventListener("blur", () => { down = false; paint(); });

  function paint() {
    const context = pad.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, pad.width, pad.height);
    Object.assign(context, {strokeStyle: "#fff", lineWidth: 22, lineCap: "round", lineJoin: "round"});
    for (const line of state.strokes) {
      context.beginPath();
      line.forEach(([x, y], n) => (n ? context.lineTo(10 * x, 10 * y) : context.moveTo(10 * x, 10 * y)));
      if (line.length === 1) context.lineTo(10 * line[0][0] + 0.1, 10 * line[0][1]);
      context.stroke();
    }
    if (document.activeElement === pad && !drawing) {
      context.beginPath();
      context.arc(10 * pen[0], 10 * pen[1], 9, 0, 7);
      Object.assign(context, {strokeStyle: "#f59e0b", fillStyle: "#f59e0b", lineWidth: 3});
      context.stroke();
      if (down) context.fill();
    }
  }
  function draw(s, result) {
    paint();
    const rows = (values, width) => [range(values.length / width).map((i) => values.slice(i * width, (i + 1) * width))];
    for (const name of ["first", "firstPooled", "second", "secondPooled"]) panels[name].draw(result[name]);
    panels.input.draw([result.input]);
    panels.dense1.draw(rows(result.dense1, 12));
    panels.dense2.draw(rows(result.dense2, 12));
    const order = range(10).sort((a, b) => result.probabilities[b] - result.probabilities[a]);
    bars.forEach(({bar, text, digit}) => {
      bar.style.width = `${100 * result.probabilities[digit]}%`;
      text.textContent = percent(result.probabilities[digit]);
    });
    sentence.say(s.strokes.length
      ? `The network says ${order[0]}, with ${percent(result.probabilities[order[0]])}; then ${order[1]}, with ${percent(result.probabilities[order[1]])}. ${plural(s.strokes.length, "stroke")} drawn.`
      : "Nothing is drawn. The network still has to choose among ten digits.");
    undo.disabled = clear.disabled = !s.strokes.length;
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, clear, undo),
    make("div", {class: "cw-stages"}, make("div", {class: "cw-draw"}, pad, where), panels.input.node, list),
    sentence.node,
    make("div", {class: "cw-stages"}, ...["first", "firstPooled", "second", "secondPooled", "dense1", "dense2"].map((name) => panels[name].node)));
  return {node, draw};
}

export default widget(clone(PRESETS[0].state), compute, build);

// The 6x6 network: image, kernel, feature map, ReLU, max-pool, dense layer, softmax; all live.
const START = {
  image: [0, 1, 2, 3, 4, 5].map((row) => (row < 2 ? [0, 5, 5, 5, 5, 0] : [0, 5, 0, 5, 5, 0])),
  kernel: [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
  bias: -5,
  weight: [[0.8, -0.2, 0.1, -0.2], [0.2, -0.6, 0.5, -0.3], [0.5, 0.3, -0.8, 0.9]],
  biases: [0.1, -0.3, 0.6],
};

function compute({image, kernel, bias, weight, biases}) {
  const features = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => {
    let sum = bias;
    for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) sum += kernel[a][b] * image[i + a][j + b];
    return sum;
  }));
  const rectified = features.map((row) => row.map((v) => Math.max(0, v)));
  const pooled = [0, 1].map((u) => [0, 1].map((v) => Math.max(
    rectified[2 * u][2 * v], rectified[2 * u][2 * v + 1],
    rectified[2 * u + 1][2 * v], rectified[2 * u + 1][2 * v + 1])));
  const flat = pooled.flat();
  const logits = weight.map((row, k) => row.reduce((s, w, i) => s + w * flat[i], biases[k]));
  const top = Math.max(...logits);
  const powers = logits.map((z) => Math.exp(z - top));
  const total = powers.reduce((s, p) => s + p, 0);
  return {features, rectified, pooled, logits, probabilities: powers.map((p) => p / total)};
}

const shown = (v) => (Math.abs(v) >= 0.001 || v === 0 ? String(+v.toFixed(3)) : v.toExponential(2)).replace("-", "−");
const signed = (v) => (v < 0 ? `(${shown(v)})` : shown(v));

// How each number comes about, in words and figures.
const DERIVE = {
  features: (s, r, i, j) => {
    const rows = [0, 1, 2].map((a) => [0, 1, 2].map((b) =>
      `${shown(s.image[i + a][j + b])}·${signed(s.kernel[a][b])}`).join(" + "));
    return `Feature map, row ${i + 1}, column ${j + 1}: ${rows.join(" + ")} + bias ${signed(s.bias)} = ${shown(r.features[i][j])}`;
  },
  rectified: (s, r, i, j) =>
    `After ReLU, row ${i + 1}, column ${j + 1}: max(0, ${shown(r.features[i][j])}) = ${shown(r.rectified[i][j])}`,
  pooled: (s, r, u, v) => {
    const four = [0, 1].flatMap((a) => [0, 1].map((b) => shown(r.rectified[2 * u + a][2 * v + b])));
    return `Pooled map, row ${u + 1}, column ${v + 1}: max(${four.join(", ")}) = ${shown(r.pooled[u][v])}`;
  },
  logits: (s, r, k) => {
    const terms = s.weight[k].map((w, i) => `${signed(w)}·${shown(r.pooled.flat()[i])}`);
    return `Logit of class ${k + 1}: ${terms.join(" + ")} + bias ${signed(s.biases[k])} = ${shown(r.logits[k])}`;
  },
  probabilities: (s, r, k) =>
    `Probability of class ${k + 1}: exp(${shown(r.logits[k])}) divided by the sum of the three exponentials = ${shown(r.probabilities[k])}`,
};

// Deterministic numbers from a seed (mulberry32), so that a lecturer can share an exercise.
function generator(seed) {
  let state = seed >>> 0;
  return (low, high) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (((t ^ (t >>> 14)) >>> 0) % (high - low + 1));
  };
}

function drawn(seed) {
  const draw = generator(seed);
  const grid = (n, low, high) => Array.from({length: n}, () => Array.from({length: n}, () => draw(low, high)));
  return {...structuredClone(START), image: grid(6, 0, 9), kernel: grid(3, -1, 1), bias: draw(-6, 0)};
}

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function render({el}) {
  let state = structuredClone(START);
  let chosen = ["features", 0, 0];
  let seed = 0;
  const stages = make("div", {class: "cw-stages"});
  const derivation = make("p", {class: "cw-derivation", role: "status", "aria-live": "polite"});
  const buttons = [];
  const inputs = [];

  function stage(title, columns, cells) {
    const grid = make("div", {class: "cw-grid", style: `--columns:${columns}`}, ...cells);
    stages.append(make("div", {class: "cw-stage", role: "group", "aria-label": title}, make("div", {class: "cw-title"}, title), grid));
  }
  function input(label, get, set) {
    const node = make("input", {type: "number", step: "1", "aria-label": label});
    node.addEventListener("input", () => {
      if (Number.isFinite(node.valueAsNumber)) { set(node.valueAsNumber); update(); }
    });
    inputs.push([node, get]);
    return node;
  }
  function button(kind, i, j) {
    const node = make("button", {type: "button"});
    node.addEventListener("click", () => { chosen = [kind, i, j]; update(); });
    buttons.push([node, kind, i, j]);
    return node;
  }
  const range = (n) => Array.from({length: n}, (_, i) => i);
  const square = (n, f) => range(n).flatMap((i) => range(n).map((j) => f(i, j)));

  stage("Image", 6, square(6, (i, j) => input(`image row ${i + 1} column ${j + 1}`,
    () => state.image[i][j], (v) => { state.image[i][j] = v; })));
  stage("Kernel and bias", 3, [...square(3, (i, j) => input(`kernel row ${i + 1} column ${j + 1}`,
    () => state.kernel[i][j], (v) => { state.kernel[i][j] = v; })),
    input("bias of the convolution", () => state.bias, (v) => { state.bias = v; })]);
  stage("Feature map", 4, square(4, (i, j) => button("features", i, j)));
  stage("After ReLU", 4, square(4, (i, j) => button("rectified", i, j)));
  stage("Max-pooled", 2, square(2, (i, j) => button("pooled", i, j)));
  stage("Logits", 1, range(3).map((k) => button("logits", k)));
  stage("Probabilities", 1, range(3).map((k) => button("probabilities", k)));

  const fresh = make("button", {type: "button"}, "New numbers");
  const reset = make("button", {type: "button"}, "Reset");
  fresh.addEventListener("click", () => { seed += 1; state = drawn(seed); update(true); });
  reset.addEventListener("click", () => { seed = 0; state = structuredClone(START); update(true); });
  el.append(stages, derivation, make("div", {class: "cw-controls"}, fresh, reset));

  function update(all = false) {
    const result = compute(state);
    for (const [node, get] of inputs) {
      if (all || node !== document.activeElement) node.value = String(get());
    }
    const [kind, i, j] = chosen;
    for (const [node, k, a, b] of buttons) {
      const value = b === undefined ? result[k][a] : result[k][a][b];
      node.textContent = shown(value);
      node.setAttribute("aria-label", DERIVE[k](state, result, a, b).split(":")[0] + ": " + shown(value));
      node.setAttribute("aria-pressed", String(k === kind && a === i && b === j));
    }
    inputs.forEach(([node], n) => {
      const a = Math.floor(n / 6) - i, b = (n % 6) - j;
      node.classList.toggle("cw-read", n < 36 && kind === "features" && a >= 0 && a < 3 && b >= 0 && b < 3);
    });
    derivation.textContent = DERIVE[kind](state, result, i, j);
    el.dataset.seed = String(seed);
  }
  el.compute = compute;
  update(true);
}

export default {render, compute};

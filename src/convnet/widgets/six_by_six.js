// The 6x6 network: image, kernel, feature map, ReLU, max-pool, dense layer, softmax; forwards and,
// when asked, backwards to new weights. Every number tells where it comes from.
import {button, clone, make, numberGrid, presets, range, select, shown, signed, slider, speech, table, toggle, widget} from "./_kit.js";
import {correlate, correlateBackward, generator, pool, softmax, windowOf} from "./_arithmetic.js";
import {PRESETS} from "./_presets.js";

const START = PRESETS[0].state;

function forward({image, kernel, bias, weight, biases}) {
  const features = correlate(image, kernel).map((row) => row.map((v) => v + bias));
  const rectified = features.map((row) => row.map((v) => Math.max(0, v)));
  const pooled = pool(rectified, "max", 2, 2);
  const flat = pooled.flat();
  const logits = weight.map((row, k) => row.reduce((s, w, i) => s + w * flat[i], biases[k]));
  const probabilities = softmax(logits);
  return {features, rectified, pooled, logits, probabilities};
}

// Of several largest numbers the first is the switch that lets the error through.
function first(values) {
  return values.indexOf(Math.max(...values));
}

function backward(s, r) {
  const target = s.target ?? START.target;
  const rate = s.rate ?? START.rate;
  const flat = r.pooled.flat();
  const top = Math.max(...r.logits);
  const loss = Math.log(r.logits.reduce((t, z) => t + Math.exp(z - top), 0)) - (r.logits[target] - top);
  const dLogits = r.probabilities.map((p, k) => p - (k === target ? 1 : 0));
  const dWeight = dLogits.map((d) => flat.map((x) => d * x));
  const dFlat = flat.map((_, i) => dLogits.reduce((t, d, k) => t + s.weight[k][i] * d, 0));
  const dPooled = [dFlat.slice(0, 2), dFlat.slice(2)];
  const dRectified = table(4, 4, (i, j) => {
    const [u, v] = [i >> 1, j >> 1];
    return first(windowOf(r.rectified, u, v, 2, 2)) === 2 * (i % 2) + (j % 2) ? dPooled[u][v] : 0;
  });
  const dFeatures = dRectified.map((row, i) => row.map((d, j) => (r.features[i][j] > 0 ? d : 0)));
  const {dw: dKernel, db: dBias} = correlateBackward(s.image, s.kernel, dFeatures);
  const newKernel = s.kernel.map((row, a) => row.map((k, b) => k - rate * dKernel[a][b]));
  return {loss, dLogits, dWeight, dPooled, dRectified, dFeatures, dKernel, dBias, newKernel, newBias: s.bias - rate * dBias};
}

function compute(s) {
  const result = forward(s);
  return {...result, ...backward(s, result)};
}

const at = (i, j) => `row ${i + 1}, column ${j + 1}`;
const sum = (terms) => terms.join(" + ");

// How each number comes about: a name, the arithmetic, and which numbers it reads.
const DERIVE = {
  features: (s, r, i, j) => [`Feature map, ${at(i, j)}`,
    `${sum(range(3).flatMap((a) => range(3).map((b) => `${shown(s.image[i + a][j + b])}·${signed(s.kernel[a][b])}`)))} + bias ${signed(s.bias)}`],
  rectified: (s, r, i, j) => [`After ReLU, ${at(i, j)}`, `max(0, ${shown(r.features[i][j])})`],
  pooled: (s, r, u, v) => [`Pooled map, ${at(u, v)}`, `max(${windowOf(r.rectified, u, v, 2, 2).map(shown).join(", ")})`],
  logits: (s, r, k) => [`Logit of class ${k + 1}`,
    `${sum(s.weight[k].map((w, i) => `${signed(w)}·${shown(r.pooled.flat()[i])}`))} + bias ${signed(s.biases[k])}`],
  probabilities: (s, r, k) => [`Probability of class ${k + 1}`, `exp(${shown(r.logits[k])}) divided by the sum of the three exponentials`],
  loss: (s, r) => ["Loss", `−log of the probability of class ${s.target + 1}, the label`],
  dLogits: (s, r, k) => [`Error of logit ${k + 1}`, `probability ${shown(r.probabilities[k])} − ${k === s.target ? "1, because it is the label" : "0, because it is not the label"}`],
  dWeight: (s, r, k, i) => [`Gradient of weight ${k + 1}, ${i + 1}`, `error of logit ${k + 1} times pooled number ${i + 1}: ${signed(r.dLogits[k])}·${signed(r.pooled.flat()[i])}`],
  dPooled: (s, r, u, v) => [`Error of the pooled number, ${at(u, v)}`, sum(range(3).map((k) => `${signed(s.weight[k][2 * u + v])}·${signed(r.dLogits[k])}`))],
  dRectified: (s, r, i, j) => {
    const chosen = first(windowOf(r.rectified, i >> 1, j >> 1, 2, 2)) === 2 * (i % 2) + (j % 2);
    return [`Error after ReLU, ${at(i, j)}`, chosen ? "it was the first maximum of its window, so the whole error passes" : "it was not the first maximum of its window, so nothing passes"];
  },
  dFeatures: (s, r, i, j) => [`Error before ReLU, ${at(i, j)}`,
    r.features[i][j] > 0 ? `the number was ${shown(r.features[i][j])}, positive: the gate is open` : `the number was ${shown(r.features[i][j])}, not positive: the gate is shut`],
  dKernel: (s, r, a, b) => {
    const terms = range(4).flatMap((i) => range(4).filter((j) => r.dFeatures[i][j] !== 0).map((j) => `${shown(s.image[i + a][j + b])}·${signed(r.dFeatures[i][j])}`));
    return [`Gradient of the kernel, ${at(a, b)}`, `image times error, over all windows: ${terms.length ? sum(terms) : "all errors are 0"}`];
  },
  dBias: () => ["Gradient of the bias", "the sum of all errors before ReLU"],
  newKernel: (s, r, a, b) => [`Updated kernel, ${at(a, b)}`, `${shown(s.kernel[a][b])} − ${shown(s.rate)}·${signed(r.dKernel[a][b])}`],
  newBias: (s, r) => ["Updated bias", `${shown(s.bias)} − ${shown(s.rate)}·${signed(r.dBias)}`],
};

// Which numbers the chosen one reads: READS[kind](row, column) gives tests on a grid's cells.
const all = () => true;
const window3 = (i, j) => (r, c) => r >= i && r < i + 3 && c >= j && c < j + 3;
const same = (i, j) => (r, c) => r === i && (j === undefined || c === j);
const block = (u, v) => (r, c) => r >> 1 === u && c >> 1 === v;
const entry = (n) => (r, c) => 2 * r + c === n;
const READS = {
  features: (i, j) => ({image: window3(i, j), kernel: all, bias: all}),
  rectified: (i, j) => ({features: same(i, j)}),
  pooled: (u, v) => ({rectified: block(u, v)}),
  logits: (k) => ({pooled: all, weight: same(k), biases: same(k)}),
  probabilities: () => ({logits: all}),
  loss: () => ({probabilities: all}),
  dLogits: (k) => ({probabilities: same(k)}),
  dWeight: (k, i) => ({dLogits: same(k), pooled: entry(i)}),
  dPooled: (u, v) => ({dLogits: all, weight: (r, c) => c === 2 * u + v}),
  dRectified: (i, j) => ({dPooled: same(i >> 1, j >> 1), rectified: block(i >> 1, j >> 1)}),
  dFeatures: (i, j) => ({dRectified: same(i, j), features: same(i, j)}),
  dKernel: (a, b) => ({dFeatures: all, image: (r, c) => r >= a && r < a + 4 && c >= b && c < b + 4}),
  dBias: () => ({dFeatures: all}),
  newKernel: (a, b) => ({kernel: same(a, b), dKernel: same(a, b)}),
  newBias: () => ({bias: all, dBias: all}),
};

function drawn(seed) {
  const draw = generator(seed);
  const grid = (n, low, high) => table(n, n, () => draw(low, high));
  return {image: grid(6, 0, 9), kernel: grid(3, -1, 1), bias: draw(-6, 0), weight: START.weight, biases: START.biases, seed};
}

// Scalars and vectors are grids too, of one row or column.
const rows = (value) => (Array.isArray(value) ? (Array.isArray(value[0]) ? value : value.map((v) => [v])) : [[value]]);

function build({state, change, opened}) {
  const grids = {};
  function given(key, title, name, tone) {
    const edit = (i, j, v) => {
      const next = clone(state[key]);
      if (!Array.isArray(next)) return change({[key]: v});
      if (Array.isArray(next[i])) next[i][j] = v; else next[i] = v;
      change({[key]: next});
    };
    grids[key] = numberGrid({title, name, tone, edit});
    return grids[key].node;
  }
  function computed(key, title) {
    grids[key] = numberGrid({title, tone: "cw-result", choose: (i, j) => change({chosen: [key, i, j]})});
    return grids[key].node;
  }
  const stack = (...nodes) => make("div", {class: "cw-stack"}, ...nodes);
  const ahead = make("div", {class: "cw-stages"},
    given("image", "Image", "image", "cw-image"),
    stack(given("kernel", "Kernel", "kernel", "cw-kernel"), given("bias", "Bias", "bias of the convolution,", "cw-kernel")),
    computed("features", "Feature map"), computed("rectified", "After ReLU"), computed("pooled", "Max-pooled"),
    given("weight", "Weights", "weight", "cw-kernel"), given("biases", "Biases", "bias", "cw-kernel"),
    computed("logits", "Logits"), computed("probabilities", "Probabilities"));
  const behind = make("div", {class: "cw-stages"},
    stack(computed("loss", "Loss"), computed("dLogits", "Error of the logits")),
    computed("dWeight", "Gradient of the weights"), computed("dPooled", "Error, pooled map"),
    computed("dRectified", "Error after ReLU"), computed("dFeatures", "Error before ReLU"),
    stack(computed("dKernel", "Gradient of the kernel"), computed("dBias", "Gradient of the bias")),
    stack(computed("newKernel", "Updated kernel"), computed("newBias", "Updated bias")));
  const heading = make("div", {class: "cw-part"}, "Backwards");
  const back = make("div", {}, heading, behind);
  const sentence = speech("cw-tall");
  const examples = presets(PRESETS, (chosen) => change(chosen));
  const fields = {
    seed: slider("Seed", 0, 9999, (v) => change(v ? drawn(v) : {...clone(START), backward: state.backward})),
    target: slider("Label: class", 1, 3, (v) => change({target: v - 1})),
  };
  const rate = select("Learning rate", [1, 0.1, 0.01, 0.001].map((v) => [String(v), shown(v)]), (v) => change({rate: Number(v)}));
  const show = toggle("Show the backward pass", (on) => change({backward: on, chosen: on ? state.chosen : ["features", 0, 0]}));
  const fresh = button("New numbers", () => change(drawn(state.seed + 1)));
  const reset = button("Reset", () => change({...clone(opened), backward: state.backward}));
  const update = button("Take the step", () => {
    const r = compute(state);
    const step = (old, grad) => old.map((v, n) => (Array.isArray(v) ? step(v, grad[n]) : v - state.rate * grad[n]));
    change({kernel: r.newKernel, bias: r.newBias, weight: step(state.weight, r.dWeight), biases: step(state.biases, r.dLogits)});
  });

  function draw(s, result) {
    const [kind, i, j] = s.chosen;
    const reads = READS[kind](i, j);
    for (const [key, grid] of Object.entries(grids)) {
      if (!s.backward && behind.contains(grid.node)) continue;
      grid.draw(rows(key in s ? s[key] : result[key]), (r, c) => {
        const about = {mark: reads[key]?.(r, c) ? "cw-read" : ""};
        if (DERIVE[key]) {
          about.label = DERIVE[key](s, result, r, c)[0];
          about.pressed = key === kind && r === i && c === (j ?? 0);
        } else if (key === "bias") about.label = "bias of the convolution";
        else if (key === "biases") about.label = `bias of class ${r + 1}`;
        else if (key === "weight") about.label = `weight ${r + 1}, ${c + 1}`;
        return about;
      });
    }
    const value = rows(result[kind])[i][j ?? 0];
    const [name, how] = DERIVE[kind](s, result, i, j ?? 0);
    sentence.say(`${name}: ${how}${/passes$/.test(how) || /gate/.test(how) ? ":" : " ="} ${shown(value)}`);
    back.hidden = fields.target.node.hidden = rate.node.hidden = update.hidden = !s.backward;
    fields.seed.set(s.seed);
    fields.target.set(s.target + 1);
    rate.set(String(s.rate));
    show.set(s.backward);
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, fresh, fields.seed.node, reset),
    ahead, back, sentence.node,
    make("div", {class: "cw-controls"}, show.node, fields.target.node, rate.node, update));
  return {node, draw};
}

export default widget(START, compute, build);

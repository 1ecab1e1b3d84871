// Normalization axes: which numbers share a mean and a variance, in batch, layer, instance and
// group norm.
import {button, clone, make, numberGrid, plural, range, select, shown, slider, speech, toggle, widget} from "./_kit.js";
import {generator} from "./_arithmetic.js";
import {PRESETS} from "./_presets.js";

const EPS = 1e-5;

// A number is placed by image n, channel c, row i and column j. Those with the same key share.
function key(s, n, c) {
  const channels = s.values[0].length;
  const group = Math.floor(c / (channels / s.groups));
  return {batch: `c${c}`, layer: `n${n}`, instance: `n${n}c${c}`, group: `n${n}g${group}`}[s.kind];
}

function compute(s) {
  const shared = {};
  s.values.forEach((maps, n) => maps.forEach((map, c) => (shared[key(s, n, c)] ??= []).push(...map.flat())));
  const told = Object.fromEntries(Object.entries(shared).map(([k, v]) => {
    const mean = v.reduce((a, b) => a + b, 0) / v.length;
    return [k, {mean, variance: v.reduce((a, b) => a + (b - mean) ** 2, 0) / v.length, count: v.length}];
  }));
  const normalized = s.values.map((maps, n) => maps.map((map, c) => {
    const {mean, variance} = told[key(s, n, c)];
    return map.map((row) => row.map((v) => (v - mean) / Math.sqrt(variance + EPS)));
  }));
  return {normalized, told, groups: Object.keys(told).length};
}

const KINDS = [["batch", "batch norm"], ["layer", "layer norm"], ["instance", "instance norm"], ["group", "group norm"]];
const OVER = {
  batch: "all images, in one channel", layer: "all channels of one image",
  instance: "one channel of one image", group: "the channels of one group, in one image",
};

function build({state, change, opened}) {
  const [N, C] = [state.values.length, state.values[0].length];
  const grids = range(N).map((n) => range(C).map((c) => numberGrid({
    title: `Channel ${c + 1}`, said: `Image ${n + 1}, channel ${c + 1}`, name: `image ${n + 1}, channel ${c + 1},`, choose: (i, j) => change({at: [n, c, i, j]}),
  })));
  const board = make("div", {class: "cw-board", style: `--channels: ${C}`}, ...grids.flatMap((line, n) => [make("div", {class: "cw-row-title"}, `Image ${n + 1}`), ...line.map((g) => g.node)]));
  const sentence = speech("cw-tall");
  const note = make("p", {class: "cw-note"});
  const kind = select("Normalization", KINDS, (v) => change({kind: v}));
  const groups = select("Groups", range(C).map((g) => g + 1).filter((g) => C % g === 0).map((g) => [String(g), String(g)]), (v) => change({groups: Number(v)}));
  const after = toggle("Show the numbers normalized", (on) => change({after: on}));
  const seed = slider("Seed of the numbers", 0, 9999, (v) => change({seed: v, values: v ? drawn(v) : clone(PRESETS[0].state.values)}));
  const reset = button("Reset", () => change(clone(opened)));
  function drawn(v) {
    const draw = generator(v);
    return range(N).map(() => range(C).map((c) => range(2).map(() => range(2).map(() => draw(0, 4) + 3 * c))));
  }
  function draw(s, result) {
    const [n, c, i, j] = s.at;
    const mine = key(s, n, c);
    const shownValues = s.after ? result.normalized : s.values;
    grids.forEach((line, m) => line.forEach((grid, d) => grid.draw(shownValues[m][d], (r, q) => ({
      mark: key(s, m, d) === mine ? "cw-read" : "", pressed: m === n && d === c && r === i && q === j,
    }))));
    const {mean, variance, count} = result.told[mine];
    sentence.say(`The ${count} amber numbers share mean ${shown(mean)} and variance ${shown(variance)}. The chosen one becomes (${shown(s.values[n][c][i][j])} − ${shown(mean)}) / √(${shown(variance)} + 0.00001) = ${shown(result.normalized[n][c][i][j])}.`);
    note.textContent = `Averaged over ${OVER[s.kind]}: ${plural(result.groups, "mean")} here. ${s.kind === "batch" ? "What an image becomes depends on the others in its batch; in use, running averages stand in." : "Each image is normalized by itself, in training as in use."}`;
    kind.set(s.kind);
    groups.node.hidden = s.kind !== "group";
    groups.set(String(s.groups));
    after.set(s.after);
    seed.set(s.seed);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, kind.node, groups.node, after.node, reset),
    board, sentence.node, note, make("div", {class: "cw-controls"}, seed.node));
  return {node, draw};
}

export default widget(PRESETS[0].state, compute, build);

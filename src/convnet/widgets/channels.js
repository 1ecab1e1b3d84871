// Channels: each filter has a slice for each input channel; their results and a bias are added.
import {clone, make, numberGrid, player, presets, button, range, shown, signed, slider, speech, table, widget} from "./_kit.js";
import {correlate} from "./_arithmetic.js";
import {PRESETS} from "./_presets.js";

function compute(s) {
  const partial = s.kernels.map((filter) => filter.map((slice, c) => correlate(s.image[c], slice)));
  const output = partial.map((maps, f) => maps[0].map((row, i) => row.map((_, j) => maps.reduce((t, m) => t + m[i][j], s.bias[f]))));
  const [filters, channels, side] = [s.kernels.length, s.image.length, s.kernels[0][0].length];
  return {partial, output, parameters: (channels * side * side + 1) * filters};
}

const TONES = ["cw-first", "cw-second", "cw-third"];

function build({state, change, opened}) {
  const most = range(3);
  const edit = (key, path) => (i, j, v) => {
    const next = clone(state[key]);
    path().reduce((part, n) => part[n], next)[i][j] = v;
    change({[key]: next});
  };
  const rows = most.map((c) => {
    const image = numberGrid({title: `Channel ${c + 1}`, name: `channel ${c + 1}`, tone: TONES[c], edit: edit("image", () => [c])});
    const slice = numberGrid({title: "Slice of the filter", name: `slice for channel ${c + 1},`, tone: "cw-kernel", edit: edit("kernels", () => [state.filter, c])});
    const partial = numberGrid({title: "Their sum of products", name: `sum of channel ${c + 1},`, tone: "cw-result", choose: (i, j) => change({at: [i, j]})});
    return {image, slice, partial, node: make("div", {class: "cw-stages cw-channel"}, image.node, slice.node, partial.node)};
  });
  const outputs = most.map((f) => numberGrid({title: `Output ${f + 1}`, tone: "cw-result", choose: (i, j) => change({filter: f, at: [i, j]})}));
  const bias = numberGrid({title: "Bias of the filter", name: "bias", tone: "cw-kernel", edit: (i, j, v) => change({bias: state.bias.map((b, f) => (f === state.filter ? v : b))})});
  const sentence = speech("cw-tall");
  const note = make("p", {class: "cw-note"});
  const grown = (old, n, fresh) => range(n).map((k) => old[k] ?? fresh(k));
  const square = (k) => table(k, k, (i, j) => (i === j ? 1 : 0));
  const side = () => state.kernels[0][0].length;
  const counts = {
    channels: slider("Channels", 1, 3, (n) => change({
      image: grown(state.image, n, () => state.image[0].map((row) => row.map((_, j) => j + 1))),
      kernels: state.kernels.map((filter) => grown(filter, n, () => square(side()))),
    })),
    filters: slider("Filters", 1, 3, (n) => change({
      kernels: grown(state.kernels, n, () => state.image.map(() => square(side()))), bias: grown(state.bias, n, () => 0), filter: Math.min(state.filter, n - 1),
    })),
    side: slider("Kernel side", 1, 3, (n) => change({
      kernels: state.kernels.map((filter) => filter.map((slice) => table(n, n, (i, j) => slice[i]?.[j] ?? 0))), at: [0, 0],
    })),
  };
  function go(step) {
    const {output} = compute(state);
    const [h, w] = [output[0].length, output[0][0].length];
    const n = output.length * h * w;
    const next = (state.filter * h * w + state.at[0] * w + state.at[1] + step + n) % n;
    change({filter: Math.floor(next / (h * w)), at: [Math.floor((next % (h * w)) / w), next % w]});
    return next < n - 1;
  }
  const walk = player(go, sentence.quiet);
  const examples = presets(PRESETS, (chosen) => { walk.pause(); change(chosen); });
  const reset = button("Reset", () => { walk.pause(); change(clone(opened)); });

  function draw(s, result) {
    const [f, [i, j], k] = [s.filter, s.at, side()];
    rows.forEach((row, c) => {
      row.node.hidden = c >= s.image.length;
      if (row.node.hidden) return;
      row.image.draw(s.image[c], (r, q) => {
        const weight = s.kernels[f][c][r - i]?.[q - j];
        return {mark: weight === undefined ? "" : "cw-read", weight: weight === undefined ? undefined : `×${shown(weight)}`};
      });
      row.slice.draw(s.kernels[f][c]);
      row.slice.title(s.kernels.length > 1 ? `Filter ${f + 1}, slice ${c + 1}` : `Slice ${c + 1}`);
      row.partial.draw(result.partial[f][c], (r, q) => ({pressed: r === i && q === j}));
    });
    bias.draw([[s.bias[f]]], () => ({label: `bias of filter ${f + 1}`}));
    outputs.forEach((grid, n) => {
      grid.node.hidden = n >= s.kernels.length;
      if (!grid.node.hidden) grid.draw(result.output[n], (r, q) => ({pressed: n === f && r === i && q === j}));
    });
    const sums = result.partial[f].map((m) => signed(m[i][j])).join(" + ");
    sentence.say(`Output ${f + 1}, row ${i + 1}, column ${j + 1}: ${sums} + bias ${signed(s.bias[f])} = ${shown(result.output[f][i][j])}, one sum of products for each channel.`);
    const [C, F] = [s.image.length, s.kernels.length];
    note.textContent = `Parameters: (C·K·K + 1)·F = (${C}·${k}·${k} + 1)·${F} = ${result.parameters}. ${F === 1 ? "One filter gives one map" : `${F} filters give ${F} maps`}${k === 1 ? "; with a 1×1 kernel each is a dense layer applied to every pixel" : ""}.`;
    counts.channels.set(C);
    counts.filters.set(F);
    counts.side.set(k);
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, reset), ...rows.map((r) => r.node),
    make("div", {class: "cw-part"}, "Added up"), make("div", {class: "cw-stages"}, bias.node, ...outputs.map((o) => o.node)),
    sentence.node, note,
    make("div", {class: "cw-controls"}, walk.node, ...Object.values(counts).map((field) => field.node)));
  return {node, draw, stop: walk.pause};
}

export default widget(PRESETS[0].state, compute, build);

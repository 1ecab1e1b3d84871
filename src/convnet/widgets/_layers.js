// The network calculator's arithmetic: what a layer does to a sample's shape, and what it costs.
// A flow is {shape, field: [along height, along width] or undefined}; a field is {size, jump, start}.
import {outputSize} from "./_arithmetic.js";

export const numel = (shape) => shape.reduce((a, b) => a * b, 1);
export const cross = (shape) => shape.join(" × ");

export class Misfit extends Error {}

const BYTES = 4;
const emit = (tally, shape) => { tally.bytes += BYTES * numel(shape); };
const moved = (f, step, first, span) => ({size: f.size + span * f.jump, jump: f.jump * step, start: f.start + first * f.jump});

function image(x, name) {
  if (x.shape.length !== 3) throw new Misfit(`${name} needs maps, but gets a vector of ${x.shape[0]}; move it before the dense layers.`);
  return x.shape;
}

function slide(x, k, s, p, d, ceil) {
  return x.shape.slice(1).map((n) => {
    if (d * (k - 1) + 1 > n + 2 * p && !(ceil && k <= n + 2 * p)) {
      throw new Misfit(`Its window reaches over ${d * (k - 1) + 1} pixels, but there are ${n + 2 * p}; use a smaller window, or pad more.`);
    }
    if (!ceil) return outputSize(n, k, s, p, d);
    const size = Math.ceil((n + 2 * p - k) / s) + 1; // the last window has to start inside
    return (size - 1) * s < n + p ? size : size - 1;
  });
}

function conv(x, tally, {out, kernel: k, stride: s = 1, padding: p = 0, dilation: d = 1, groups: g = 1, bias = 1, pairs}) {
  const [channels] = image(x, "A convolution");
  if (channels % g || out % g) throw new Misfit(`${g} groups need to divide ${channels} input channels and ${out} filters.`);
  const shape = [out, ...slide(x, k, s, p, d)];
  const kernels = pairs || (channels / g) * out; // pairs: how many maps are connected, where not all
  tally.parameters += kernels * k * k + (bias ? out : 0);
  tally.macs += kernels * k * k * shape[1] * shape[2];
  emit(tally, shape);
  return {shape, field: x.field?.map((f) => moved(f, s, -p, d * (k - 1)))};
}

const same = (x, tally) => { emit(tally, x.shape); return x; };
function norm(x, tally) {
  tally.parameters += 2 * x.shape[0];
  return same(x, tally);
}

function pooling(x, tally, {kernel: k, stride: s = k, padding: p = 0, ceil = 0}) {
  const [channels] = image(x, "Pooling");
  if (2 * p > k) throw new Misfit("Its padding is more than half of its window; pad less.");
  const shape = [channels, ...slide(x, k, s, p, 1, ceil)];
  emit(tally, shape);
  return {shape, field: x.field?.map((f) => moved(f, s, -p, k - 1))};
}

function adaptive(x, tally, {size}) {
  const [channels, ...sides] = image(x, "An average");
  if (sides.some((n) => n % size)) throw new Misfit(`${cross(sides)} cannot be cut into ${size} × ${size} equal parts.`);
  const shape = [channels, size, size];
  emit(tally, shape);
  return {shape, field: x.field?.map((f, axis) => moved(f, sides[axis] / size, 0, sides[axis] / size - 1))};
}

function dense(x, tally, {out}) {
  const inputs = numel(x.shape);
  tally.parameters += (inputs + 1) * out;
  tally.macs += inputs * out;
  emit(tally, [out]);
  const sides = x.shape.length === 3 ? x.shape.slice(1) : [1, 1];
  return {shape: [out], field: x.field?.map((f, axis) => moved(f, sides[axis], 0, sides[axis] - 1))};
}

const AFTER = {
  "": (x) => x,
  relu: same,
  bn: norm,
  bnrelu: (x, tally) => same(norm(x, tally), tally),
};

// Where paths meet, a number sees what any of them sees.
const together = (a, b) => ({size: Math.max(a.start + a.size, b.start + b.size) - Math.min(a.start, b.start), jump: a.jump, start: Math.min(a.start, b.start)});
const seen = (x, y) => x.field?.map((f, axis) => together(f, y.field[axis]));
const unit = (x, tally, out, kernel, stride, after = "bnrelu", groups = 1) =>
  AFTER[after](conv(x, tally, {out, kernel, stride, padding: kernel >> 1, groups, bias: 0}), tally);

function residual(x, tally, y, stride, project) {
  const around = stride !== 1 || x.shape[0] !== y.shape[0] ? (project ? unit(x, tally, y.shape[0], 1, stride, "bn") : undefined) : x;
  if (!around) return y;
  return same({shape: y.shape, field: seen(y, around)}, tally);
}

function basic(x, tally, {out, stride = 1}) {
  const y = unit(unit(x, tally, out, 3, stride), tally, out, 3, 1, "bn");
  return same(residual(x, tally, y, stride, true), tally);
}

function bottleneck(x, tally, {inside, stride = 1}) {
  const y = unit(unit(unit(x, tally, inside, 1, 1), tally, inside, 3, stride), tally, 4 * inside, 1, 1, "bn");
  return same(residual(x, tally, y, stride, true), tally);
}

function inverted(x, tally, {out, stride = 1, expand = 6}) {
  const inside = expand * x.shape[0];
  const wide = expand === 1 ? x : unit(x, tally, inside, 1, 1);
  const y = unit(unit(wide, tally, inside, 3, stride, "bnrelu", inside), tally, out, 1, 1, "bn");
  return stride === 1 ? residual(x, tally, y, stride, false) : y;
}

function separable(x, tally, {out, stride = 1}) {
  return unit(unit(x, tally, x.shape[0], 3, stride, "bnrelu", x.shape[0]), tally, out, 1, 1);
}

function inception(x, tally, s) {
  const pooled = pooling(x, tally, {kernel: 3, stride: 1, padding: 1});
  const paths = [
    unit(x, tally, s.one, 1, 1), unit(unit(x, tally, s.reduce3, 1, 1), tally, s.three, 3, 1),
    unit(unit(x, tally, s.reduce5, 1, 1), tally, s.five, s.large ?? 5, 1), unit(pooled, tally, s.pool, 1, 1),
  ];
  const shape = [paths.reduce((t, y) => t + y.shape[0], 0), ...x.shape.slice(1)];
  return same({shape, field: paths.map((y) => y).reduce((a, b) => ({field: seen(a, b)})).field}, tally);
}

function joined(x, y, tally) {
  return same({shape: [x.shape[0] + y.shape[0], ...x.shape.slice(1)], field: seen(x, y)}, tally);
}

function denseblock(x, tally, {growth, depth}) {
  for (let n = 0; n < depth; n++) {
    const inside = unit(same(norm(x, tally), tally), tally, 4 * growth, 1, 1);
    x = joined(x, conv(inside, tally, {out: growth, kernel: 3, padding: 1, bias: 0}), tally);
  }
  return x;
}

function transition(x, tally) {
  const y = conv(same(norm(x, tally), tally), tally, {out: x.shape[0] >> 1, kernel: 1, bias: 0});
  return pooling(y, tally, {kernel: 2});
}

function subsample(x, tally) {
  tally.parameters += 2 * x.shape[0]; // a coefficient and a bias for each map
  return pooling(x, tally, {kernel: 2});
}

function codes(x, tally, {out}) { // distances to fixed codes: nothing is learned
  emit(tally, [out]);
  return {...x, shape: [out]};
}

const N = (label, least, most, start) => ({label, least, most, start});
const FILTERS = N("Filters", 1, 8192, 16);
const STRIDE = N("Stride", 1, 8, 1);
const PADDING = N("Padding", 0, 9, 0);
const REPEAT = N("Repeat", 1, 64, 1);
const maps = (label) => N(label, 1, 2048, 16);

// The kinds of layers: what they are called, what can be set, what they do. `first` names settings
// that only the first of several repetitions has.
export const KINDS = {
  conv: {title: "Convolution", does: conv, after: true, fields: {out: FILTERS, kernel: N("Kernel", 1, 15, 3), stride: STRIDE, padding: PADDING, dilation: N("Dilation", 1, 8, 1), groups: N("Groups", 1, 2048, 1)}, hidden: {bias: N("", 0, 1, 1), pairs: N("", 0, 65536, 0)}},
  max: {title: "Max-pooling", does: pooling, fields: {kernel: N("Window", 1, 15, 2), stride: N("Stride", 1, 8, 2), padding: PADDING}, hidden: {ceil: N("", 0, 1, 0)}},
  avg: {title: "Average pooling", does: pooling, fields: {kernel: N("Window", 1, 15, 2), stride: N("Stride", 1, 8, 2), padding: PADDING}},
  adaptive: {title: "Average to a size", does: adaptive, fields: {size: N("Size", 1, 64, 1)}},
  dense: {title: "Dense", does: dense, after: true, fields: {out: N("Outputs", 1, 65536, 10)}},
  relu: {title: "ReLU", does: same, fields: {}},
  norm: {title: "Batch norm", does: norm, fields: {}},
  dropout: {title: "Dropout", does: same, fields: {}},
  basic: {title: "Basic residual block", does: basic, fields: {out: FILTERS, stride: STRIDE, repeat: REPEAT}},
  bottleneck: {title: "Bottleneck block", does: bottleneck, fields: {inside: maps("Inside"), stride: STRIDE, repeat: REPEAT}},
  inception: {title: "Inception module", does: inception, fields: {one: maps("1×1"), reduce3: maps("Before 3×3"), three: maps("3×3"), reduce5: maps("Before 5×5"), five: maps("5×5"), pool: maps("After pool")}, hidden: {large: N("", 3, 5, 5)}},
  denseblock: {title: "Dense block", does: denseblock, fields: {growth: maps("Growth"), depth: N("Layers", 1, 64, 6)}},
  transition: {title: "Transition", does: transition, fields: {}},
  separable: {title: "Depthwise separable", does: separable, fields: {out: FILTERS, stride: STRIDE, repeat: REPEAT}},
  inverted: {title: "Inverted residual block", does: inverted, fields: {out: FILTERS, stride: STRIDE, expand: N("Expand", 1, 10, 6), repeat: REPEAT}},
  subsample: {title: "Trained subsampling", does: subsample, fields: {}},
  codes: {title: "Distance to fixed codes", does: codes, fields: {out: N("Classes", 1, 1000, 10)}},
};
export const AFTERS = {"": "nothing", relu: "ReLU", bn: "batch norm", bnrelu: "batch norm, ReLU"};

export function settings(layer) {
  const {fields, hidden = {}} = KINDS[layer.kind];
  const told = Object.entries({...fields, ...hidden}).map(([key, {start}]) => [key, layer[key] ?? start]);
  return Object.fromEntries(told);
}

// Row by row: shape, costs, field; from the first layer that does not fit on, only why.
export function calculate({input, layers}) {
  const point = {size: 1, jump: 1, start: 0};
  let x = {shape: input, field: input.length === 3 ? [point, point] : undefined};
  const rows = [];
  for (const layer of layers) {
    const tally = {parameters: 0, macs: 0, bytes: 0};
    try {
      const {repeat = 1, ...given} = settings(layer);
      for (let n = 0; n < repeat; n++) x = KINDS[layer.kind].does(x, tally, n && given.stride ? {...given, stride: 1} : given);
      if (KINDS[layer.kind].after) {
        // A bias before batch normalization would be subtracted again.
        if ((layer.after ?? "").startsWith("bn") && given.bias) tally.parameters -= given.out;
        x = AFTER[layer.after ?? ""](x, tally);
      }
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      return {rows, error: error.message};
    }
    rows.push({...tally, shape: x.shape, field: x.field});
  }
  return {rows, error: ""};
}

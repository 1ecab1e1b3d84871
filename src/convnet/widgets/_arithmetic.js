// The arithmetic of the layers on rows of numbers; held to the package `convnet` by tests.
import {range, table} from "./_kit.js";

export const outputSize = (n, k, s = 1, p = 0, d = 1) => Math.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1;
// Rows at the far end of the padded axis that no window reads.
export const dropped = (n, k, s = 1, p = 0, d = 1) => (n + 2 * p - d * (k - 1) - 1) % s;
export const halfTurn = (kernel) => kernel.map((row) => [...row].reverse()).reverse();

export function padded(x, p, fill = 0) {
  return table(x.length + 2 * p, x[0].length + 2 * p, (i, j) => x[i - p]?.[j - p] ?? fill);
}

// Cross-correlation of one map with one kernel; empty where the kernel does not fit.
export function correlate(x, kernel, {stride = 1, padding = 0, dilation = 1} = {}) {
  const wide = padded(x, padding);
  const rows = outputSize(x.length, kernel.length, stride, padding, dilation);
  const columns = outputSize(x[0].length, kernel[0].length, stride, padding, dilation);
  if (rows < 1 || columns < 1) return [];
  return table(rows, columns, (i, j) => {
    let sum = 0;
    kernel.forEach((row, a) => row.forEach((w, b) => {
      sum += w * wide[i * stride + a * dilation][j * stride + b * dilation];
    }));
    return sum;
  });
}

const REDUCE = {
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  avg: (values) => values.reduce((s, v) => s + v, 0) / values.length,
};
export const reduce = (kind, values) => REDUCE[kind](values);

export function windowOf(x, i, j, size, stride) {
  return range(size).flatMap((a) => range(size).map((b) => x[i * stride + a][j * stride + b]));
}

export function pool(x, kind, size, stride) {
  const rows = outputSize(x.length, size, stride);
  const columns = outputSize(x[0].length, size, stride);
  if (rows < 1 || columns < 1) return [];
  return table(rows, columns, (i, j) => reduce(kind, windowOf(x, i, j, size, stride)));
}

// What one output sends back to the input and to the kernel, added up over all outputs.
export function correlateBackward(x, kernel, grad, {stride = 1, padding = 0, dilation = 1} = {}) {
  const wide = padded(x, padding);
  const dx = wide.map((row) => row.map(() => 0));
  const dw = kernel.map((row) => row.map(() => 0));
  grad.forEach((line, i) => line.forEach((g, j) => kernel.forEach((row, a) => row.forEach((w, b) => {
    const [r, c] = [i * stride + a * dilation, j * stride + b * dilation];
    dw[a][b] += g * wide[r][c];
    dx[r][c] += g * w;
  }))));
  const inside = dx.slice(padding, dx.length - padding).map((row) => row.slice(padding, row.length - padding));
  return {dx: inside, dw, db: grad.flat().reduce((s, g) => s + g, 0)};
}

export function softmax(z) {
  const top = Math.max(...z);
  const powers = z.map((v) => Math.exp(v - top));
  const total = powers.reduce((s, p) => s + p, 0);
  return powers.map((p) => p / total);
}

// Whole numbers from a seed (mulberry32), so that a lecturer can share an exercise.
export function generator(seed) {
  let state = seed >>> 0;
  return (low, high) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (((t ^ (t >>> 14)) >>> 0) % (high - low + 1));
  };
}

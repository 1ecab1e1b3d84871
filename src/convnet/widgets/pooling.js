// Pooling: the maximum, mean or minimum of each window; shift the image and count what changes.
import {button, clone, make, numberGrid, player, plural, presets, select, shown, slider, speech, widget} from "./_kit.js";
import {dropped, pool, windowOf} from "./_arithmetic.js";
import {PRESETS} from "./_presets.js";

const KINDS = [["max", "maximum"], ["avg", "average"], ["min", "minimum"]];

function shifted(image, [down, right]) {
  return image.map((row, i) => row.map((_, j) => image[i - down]?.[j - right] ?? 0));
}

const different = (a, b) => a.flatMap((row, i) => row.filter((v, j) => v !== b[i][j])).length;

function compute(s) {
  const moved = shifted(s.image, s.shift);
  const before = pool(s.image, s.kind, s.window, s.stride);
  const output = pool(moved, s.kind, s.window, s.stride);
  const spare = (n) => (output.length ? dropped(n, s.window, s.stride) : 0);
  return {
    shifted: moved, before, output, changed: different(output, before), changedPixels: different(moved, s.image),
    dropped: [spare(s.image.length), spare(s.image[0].length)],
  };
}

function formula(s, result, [i, j]) {
  const values = windowOf(result.shifted, i, j, s.window, s.stride);
  const name = `Output row ${i + 1}, column ${j + 1}`;
  const out = shown(result.output[i][j]);
  if (s.kind === "avg") return `${name}: (${values.map((v) => (v < 0 ? `(${shown(v)})` : shown(v))).join(" + ")}) / ${values.length} = ${out}`;
  return `${name}: ${s.kind}(${values.map(shown).join(", ")}) = ${out}`;
}

function comparison(s, result) {
  if (!s.shift[0] && !s.shift[1]) return "Shift the image, and see which outputs change.";
  const [down, right] = s.shift;
  const ways = [down && `${plural(Math.abs(down), "row")} ${down > 0 ? "down" : "up"}`, right && `${plural(Math.abs(right), "column")} ${right > 0 ? "right" : "left"}`];
  const n = result.output.flat().length;
  return `Shifted ${ways.filter(Boolean).join(" and ")}: ${result.changedPixels} of ${s.image.flat().length} pixels changed, and ${result.changed} of ${plural(n, "output")}.`;
}

function build({state, change, opened}) {
  const inside = (i, j) => state.image[i - state.shift[0]]?.[j - state.shift[1]] !== undefined;
  const image = numberGrid({title: "Image", tone: "cw-image", edit: (i, j, v) => {
    const next = clone(state.image);
    next[i - state.shift[0]][j - state.shift[1]] = v;
    change({image: next});
  }});
  const output = numberGrid({title: "Pooled", tone: "cw-result", choose: (i, j) => change({at: [i, j]})});
  const before = numberGrid({title: "Pooled, before the shift", tone: "cw-result"});
  const sentence = speech();
  const note = make("p", {class: "cw-note", "aria-live": "polite"});
  const place = (out) => [Math.min(state.at[0], out.length - 1), Math.min(state.at[1], out[0].length - 1)];
  function go(step) {
    const out = compute(state).output;
    if (!out.length) return false;
    const [n, w] = [out.flat().length, out[0].length];
    const [i, j] = place(out);
    const next = (i * w + j + step + n) % n;
    change({at: [Math.floor(next / w), next % w]});
    return next < n - 1;
  }
  const walk = player(go, sentence.quiet);
  const examples = presets(PRESETS, (chosen) => { walk.pause(); change(chosen); });
  const kind = select("Take the", KINDS, (v) => change({kind: v}));
  const size = slider("Window", 1, 4, (v) => change({window: v, stride: v}));
  const stride = slider("Stride", 1, 4, (v) => change({stride: v}));
  const clamp = (v) => Math.max(-3, Math.min(3, v));
  const by = (down, right) => () => change({shift: [clamp(state.shift[0] + down), clamp(state.shift[1] + right)]});
  const moves = make("div", {class: "cw-player", role: "group", "aria-label": "Shift the image"}, make("span", {}, "Shift"),
    button("←", by(0, -1), {"aria-label": "Shift left"}), button("↑", by(-1, 0), {"aria-label": "Shift up"}),
    button("↓", by(1, 0), {"aria-label": "Shift down"}), button("→", by(0, 1), {"aria-label": "Shift right"}));
  const reset = button("Reset", () => { walk.pause(); change(clone(opened)); });

  function draw(s, result) {
    const fits = result.output.length > 0;
    const at = fits ? place(result.output) : [0, 0];
    const within = (i, j) => i >= at[0] * s.stride && i < at[0] * s.stride + s.window && j >= at[1] * s.stride && j < at[1] * s.stride + s.window;
    const [h, w] = [s.image.length, s.image[0].length];
    image.draw(result.shifted, (i, j) => ({
      fixed: !inside(i, j), label: `image row ${i + 1} column ${j + 1}`,
      mark: `${fits && within(i, j) ? "cw-read" : ""} ${inside(i, j) ? "" : "cw-pad"} ${i >= h - result.dropped[0] || j >= w - result.dropped[1] ? "cw-drop" : ""}`,
    }));
    output.node.hidden = !fits;
    before.node.hidden = !fits || (!s.shift[0] && !s.shift[1]);
    if (fits) {
      output.draw(result.output, (i, j) => ({pressed: i === at[0] && j === at[1], mark: result.output[i][j] === result.before[i][j] ? "" : "cw-read"}));
      before.draw(result.before, (i, j) => ({mark: result.output[i][j] === result.before[i][j] ? "" : "cw-read"}));
      sentence.say(formula(s, result, at));
      note.textContent = comparison(s, result);
    } else {
      sentence.say(`The window of ${s.window} by ${s.window} does not fit.`);
      note.textContent = "";
    }
    kind.set(s.kind);
    size.set(s.window);
    stride.set(s.stride);
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, reset),
    make("div", {class: "cw-stages"}, image.node, output.node, before.node), sentence.node, note,
    make("div", {class: "cw-controls"}, moves, kind.node, size.node, stride.node, walk.node));
  return {node, draw, stop: walk.pause};
}

export default widget(PRESETS[0].state, compute, build);

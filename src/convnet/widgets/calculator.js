// Network calculator: shapes, parameters, multiply-adds, memory and receptive field, layer by layer.
import {button, clone, drawing, make, presets, range, select, slider, speech, thousands, widget} from "./_kit.js";
import {AFTERS, KINDS, calculate, cross, numel} from "./_layers.js";
import {PRESETS} from "./_presets.js";

const sum = (rows, key) => rows.reduce((t, row) => t + row[key], 0);
const UNITS = ["B", "KiB", "MiB", "GiB"];
function memory(bytes) {
  const power = Math.min(3, bytes ? Math.floor(Math.log2(bytes) / 10) : 0);
  return `${+(bytes / 1024 ** power).toFixed(power ? 1 : 0)} ${UNITS[power]}`;
}

function compute(s) {
  const {rows, error} = calculate(s);
  return {rows, error, parameters: sum(rows, "parameters"), macs: sum(rows, "macs"), bytes: sum(rows, "bytes")};
}

// What is set, in a few words: only what differs from the usual.
function described(layer) {
  const {fields} = KINDS[layer.kind];
  const told = Object.entries(fields).filter(([key, f]) => key === "out" || key === "kernel" || (layer[key] ?? f.start) !== f.start)
    .map(([key, f]) => `${f.label.toLowerCase()} ${layer[key] ?? f.start}`);
  return [...told, ...(layer.after ? [AFTERS[layer.after]] : [])].join(", ");
}

// A network as part of an address: 1x28x28~conv.out=6.kernel=5.after=relu~max.kernel=2
const MARK = "#network=";
function written({input, layers}) {
  const layer = ({kind, ...rest}) => [kind, ...Object.entries(rest).map(([k, v]) => `${k}=${v}`)].join(".");
  return [input.join("x"), ...layers.map(layer)].join("~");
}

// Everything in an address is doubted: unknown kinds, keys and sizes make it no network at all.
function read(hash) {
  if (!hash.startsWith(MARK)) return undefined;
  const [sizes, ...parts] = decodeURIComponent(hash.slice(MARK.length)).split("~");
  const input = sizes.split("x").map(Number);
  const whole = (v, least, most) => Number.isInteger(v) && v >= least && v <= most;
  if (![1, 3].includes(input.length) || !input.every((n) => whole(n, 1, 4096)) || parts.length > 100) return undefined;
  const layers = [];
  for (const part of parts) {
    const [kind, ...pairs] = part.split(".");
    if (!Object.hasOwn(KINDS, kind)) return undefined;
    const known = {...KINDS[kind].fields, ...KINDS[kind].hidden};
    const layer = {kind};
    for (const [key, value] of pairs.map((p) => p.split("="))) {
      if (key === "after" && KINDS[kind].after && Object.hasOwn(AFTERS, value)) layer.after = value;
      else if (Object.hasOwn(known, key) && whole(Number(value), known[key].least, known[key].most)) layer[key] = Number(value);
      else return undefined;
    }
    layers.push(layer);
  }
  return {input, layers, chosen: 0};
}

// The input as a square, and on it what the middle number of each layer sees.
function picture(s, result, chosen) {
  const [, height, width] = s.input;
  const most = Math.max(height, width);
  const margin = most * 0.12;
  const box = `${-margin} ${-margin} ${width + 2 * margin} ${height + 2 * margin}`;
  const svg = drawing("svg", {viewBox: box, class: "cw-picture", role: "img"});
  svg.append(drawing("rect", {x: 0, y: 0, width, height, class: "cw-input", "stroke-width": most / 150}));
  if (most <= 32) {
    const lines = [...range(width - 1).map((i) => `M${i + 1} 0V${height}`), ...range(height - 1).map((i) => `M0 ${i + 1}H${width}`)];
    svg.append(drawing("path", {d: lines.join(""), class: "cw-lines", "stroke-width": most / 400}));
  }
  const placed = ({shape, field}) => field.map((f, axis) => {
    const middle = shape.length === 3 ? Math.floor((shape[axis + 1] - 1) / 2) : 0;
    return [f.start + middle * f.jump, f.size];
  });
  result.rows.slice(0, chosen + 1).forEach((row, n) => {
    const [[y, h], [x, w]] = placed(row);
    svg.append(drawing("rect", {x, y, width: w, height: h, class: n === chosen ? "cw-field-of" : "cw-earlier", "stroke-width": most / (n === chosen ? 70 : 220)}));
  });
  const row = result.rows[chosen];
  const [[y, h], [x, w]] = placed(row);
  const inside = (first, size, n) => `${Math.max(1, first + 1)} to ${Math.min(n, first + size)}`;
  const text = `The middle number of layer ${chosen + 1} sees ${h} × ${w} pixels: rows ${inside(y, h, height)} and columns ${inside(x, w, width)} of ${height} × ${width}${y < 0 || x < 0 || y + h > height || x + w > width ? "; the rest is padding" : ""}. The next number's window lies ${row.field[0].jump} pixel${row.field[0].jump === 1 ? "" : "s"} further.`;
  svg.setAttribute("aria-label", text);
  return {svg, text};
}

function build({state, change, opened}) {
  const list = make("ol", {class: "cw-layers"});
  const drawn = make("div", {class: "cw-drawn"});
  const fieldText = make("p", {class: "cw-note"});
  const totals = speech();
  const link = make("input", {type: "text", readonly: "", "aria-label": "Link to this network", class: "cw-link"});
  link.hidden = true;
  link.addEventListener("focus", () => link.select());
  let rows = [];
  let key = "";

  const edit = (n, patch) => change({layers: state.layers.map((layer, i) => (i === n ? {...layer, ...patch} : layer)), chosen: n});
  function move(n, to) {
    const layers = [...state.layers];
    layers.splice(to, 0, layers.splice(n, 1)[0]);
    change({layers, chosen: to});
    rows[to][to < n ? "up" : "down"].focus();
  }
  function remove(n) {
    change({layers: state.layers.filter((_, i) => i !== n), chosen: Math.max(0, n - 1)});
    (rows[Math.min(n, rows.length - 1)]?.drop ?? kind.node.querySelector("select")).focus();
  }
  function layerRow(layer, n) {
    const what = KINDS[layer.kind];
    const fields = Object.entries(what.fields).map(([name, f]) => [name, slider(f.label, f.least, f.most, (v) => edit(n, {[name]: v})), f.start]);
    const after = what.after ? select("then", Object.entries(AFTERS), (v) => edit(n, {after: v})) : undefined;
    const name = `layer ${n + 1}, ${what.title.toLowerCase()}`;
    const up = button("↑", () => move(n, n - 1), {"aria-label": `Move up: ${name}`});
    const down = button("↓", () => move(n, n + 1), {"aria-label": `Move down: ${name}`});
    const drop = button("✕", () => remove(n), {"aria-label": `Delete: ${name}`});
    const choose = button(`${n + 1}. ${what.title}`, () => change({chosen: n}), {class: "cw-button cw-name"});
    const brief = make("span", {class: "cw-brief"});
    const numbers = make("p", {class: "cw-numbers"});
    const bars = make("div", {class: "cw-bars", "aria-hidden": "true"}, make("span", {}), make("span", {}));
    const tools = make("div", {class: "cw-player"}, up, down, drop);
    const controls = make("div", {class: "cw-controls"}, ...fields.map(([, f]) => f.node), after?.node);
    const node = make("li", {class: "cw-layer"}, make("div", {class: "cw-line"}, choose, brief, tools), controls, numbers, bars);
    return {node, fields, after, up, down, drop, choose, numbers, bars, brief, tools, controls};
  }

  const sides = ["Channels", "Height", "Width"].map((label, axis) => slider(`Input ${label.toLowerCase()}`, 1, 4096, (v) => change({input: state.input.map((n, i) => (i === axis ? v : n))})));
  const kind = select("Add a layer", Object.entries(KINDS).map(([k, {title}]) => [k, title]), () => {});
  const add = button("Add", () => {
    const chosen = kind.node.querySelector("select").value;
    const layer = {kind: chosen, ...Object.fromEntries(Object.entries(KINDS[chosen].fields).map(([name, f]) => [name, f.start]))};
    const at = state.layers.length ? state.chosen + 1 : 0;
    change({layers: [...state.layers.slice(0, at), layer, ...state.layers.slice(at)], chosen: at}); // after the open one
    rows[at].choose.focus();
  });
  const share = button("Share", () => {
    location.hash = MARK + written(state);
    link.value = location.href;
    link.hidden = false;
    link.focus();
    navigator.clipboard?.writeText(link.value).catch(() => {}); // the link is shown, too
  });
  const examples = presets(PRESETS, (chosen) => change(chosen));
  const reset = button("Reset", () => change(clone(opened)));
  const open = () => { const network = read(location.hash); if (network) change(network); };
  window.addEventListener("hashchange", open);

  function drawRow(s, result, n) {
    const {fields, after, up, down, choose, numbers, bars, node, brief, tools, controls} = rows[n];
    const open = n === s.chosen;
    const row = result.rows[n];
    for (const [name, field, start] of fields) field.set(s.layers[n][name] ?? start);
    after?.set(s.layers[n].after ?? "");
    up.disabled = n === 0;
    down.disabled = n === s.layers.length - 1;
    choose.setAttribute("aria-expanded", String(open));
    tools.hidden = controls.hidden = !open;
    brief.hidden = open;
    brief.textContent = described(s.layers[n]);
    node.classList.toggle("cw-wrong", n === result.rows.length && result.error !== "");
    if (row) {
      const seen = row.field ? ` · sees ${row.field[0].size} × ${row.field[1].size}` : "";
      numbers.textContent = `${cross(row.shape)} · ${thousands(row.parameters)} parameters · ${thousands(row.macs)} multiply-adds · ${memory(row.bytes)}${seen}`;
    } else numbers.textContent = n === result.rows.length ? result.error : "Not reached.";
    const share = (name) => `${row && result[name] ? (100 * row[name]) / result[name] : 0}%`;
    bars.children[0].style.width = share("parameters");
    bars.children[1].style.width = share("macs");
  }
  function draw(s, result) {
    const now = JSON.stringify(s.layers.map((layer) => layer.kind));
    if (now !== key) {
      key = now;
      rows = s.layers.map(layerRow);
      list.replaceChildren(...rows.map((row) => row.node));
    }
    rows.forEach((_, n) => drawRow(s, result, n));
    sides.forEach((side, axis) => {
      side.node.hidden = axis >= s.input.length;
      if (!side.node.hidden) side.set(s.input[axis]);
    });
    const chosen = Math.min(s.chosen, result.rows.length - 1);
    const drawable = s.input.length === 3 && chosen >= 0;
    drawn.hidden = fieldText.hidden = !drawable;
    if (drawable) {
      const {svg, text} = picture(s, result, chosen);
      drawn.replaceChildren(svg);
      fieldText.textContent = text;
    }
    const cost = `${thousands(result.parameters)} parameters, ${thousands(result.macs)} multiply-adds, ${memory(result.bytes)} of outputs and ${memory(4 * result.parameters)} of weights in float32`;
    totals.say(result.error
      ? `Layer ${result.rows.length + 1} does not fit. ${result.error} Up to it: ${cost}.`
      : `From ${cross(s.input)} (${thousands(numel(s.input))} numbers) to ${cross(result.rows.at(-1)?.shape ?? s.input)}: ${cost}.`);
    examples.show(s);
  }
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, share, link, reset),
    make("div", {class: "cw-controls"}, ...sides.map((f) => f.node)),
    totals.node,
    make("div", {class: "cw-calculator"}, list, make("div", {class: "cw-aside"}, drawn, fieldText,
      make("p", {class: "cw-note cw-legend"}, "Bars: share of all ", make("b", {class: "cw-key"}, "parameters"), " and ", make("b", {class: "cw-key2"}, "multiply-adds"), ". Figures are for one sample."))),
    make("div", {class: "cw-controls"}, kind.node, add));
  queueMicrotask(open);
  return {node, draw, stop: () => window.removeEventListener("hashchange", open)};
}

export default widget(PRESETS[0].state, compute, build);

// What all widgets share: state that Python can see, number grids, controls, one way of speaking.

export const range = (n) => Array.from({length: Math.max(0, n)}, (_, i) => i);
export const table = (rows, columns, f) => range(rows).map((i) => range(columns).map((j) => f(i, j)));
export const clone = (value) => structuredClone(value);
export const plural = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
export const uid = () => `cw-${Math.random().toString(36).slice(2, 10)}`;

// A number as readers write it: three decimals, a true minus sign, thin thousands only where long.
export function shown(v) {
  if (!Number.isFinite(v)) return v > 0 ? "∞" : v < 0 ? "−∞" : "–";
  const text = Math.abs(v) >= 0.001 || v === 0 ? String(+v.toFixed(3)) : v.toExponential(2);
  return text.replaceAll("-", "−");
}
export const signed = (v) => (v < 0 ? `(${shown(v)})` : shown(v));
export const thousands = (v) => String(v).replace(/\B(?=(\d{3})+$)/g, ",");

// What a reader may type: 3, −3, 0.5, 0,5, 1/9.
export function parsed(text) {
  const parts = text.trim().replaceAll("−", "-").replace(",", ".").split("/");
  if (parts.length > 2 || parts.some((part) => part.trim() === "")) return NaN;
  return parts.map(Number).reduce((a, b) => a / b);
}

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

export function drawing(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Where the arrow keys lead from row i, column j.
const STEPS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};

// A grid of numbers with one tab stop; the arrow keys move inside. `edit(i, j, value)` makes inputs
// of its cells, `choose(i, j)` buttons. `draw(values, about)` shows numbers; `about(i, j)` may name
// {mark, weight, label, text, fixed, pressed}.
export function numberGrid({title, name = title.toLowerCase(), said = title, edit, choose, tone = ""}) {
  const node = make("div", {class: `cw-grid ${tone}`});
  const heading = make("div", {class: "cw-title"}, title);
  const stage = make("div", {class: "cw-stage", role: "group"}, heading, node);
  let cells = [];
  let key = "";
  let active = [0, 0];

  function input(i, j) {
    const box = make("input", {type: "text", inputmode: "text", autocomplete: "off", spellcheck: "false"});
    box.addEventListener("input", () => {
      const value = parsed(box.value);
      box.toggleAttribute("aria-invalid", false);
      if (Number.isFinite(value)) edit(i, j, value);
      else box.setAttribute("aria-invalid", "true");
    });
    box.addEventListener("focus", () => box.select());
    return box;
  }
  function cell(i, j, fixed) {
    const kind = fixed ? "span" : edit ? "input" : choose ? "button" : "span";
    const inner = kind === "input" ? input(i, j) : make(kind, kind === "button" ? {type: "button"} : {});
    if (kind === "button") inner.addEventListener("click", () => { active = [i, j]; choose(i, j); });
    inner.addEventListener("focus", () => { active = [i, j]; rove(); });
    return {kind, inner, outer: make("div", {class: "cw-cell"}, inner)};
  }
  const reachable = (i, j) => cells[i]?.[j] && cells[i][j].kind !== "span";
  function rove() {
    if (!reachable(...active)) {
      const all = cells.flatMap((row, i) => row.map((_, j) => [i, j])).filter(([i, j]) => reachable(i, j));
      active = all[0] ?? [0, 0];
    }
    cells.forEach((row, i) => row.forEach((c, j) => {
      if (c.kind !== "span") c.inner.tabIndex = i === active[0] && j === active[1] ? 0 : -1;
    }));
  }
  node.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const box = event.target;
    if (step[0] === 0 && box.tagName === "INPUT") { // inside a number that is being edited
      const whole = box.selectionStart === 0 && box.selectionEnd === box.value.length;
      const edge = step[1] < 0 ? 0 : box.value.length;
      if (!whole && !(box.selectionStart === edge && box.selectionEnd === edge)) return;
    }
    let [i, j] = active;
    do { i += step[0]; j += step[1]; } while (cells[i]?.[j] && !reachable(i, j));
    if (!reachable(i, j)) return;
    event.preventDefault();
    active = [i, j];
    rove();
    cells[i][j].inner.focus();
  });

  function draw(values, about = () => ({})) {
    const told = values.map((row, i) => row.map((_, j) => about(i, j)));
    const now = JSON.stringify(told.map((row) => row.map((a) => Boolean(a.fixed))));
    if (now !== key) {
      key = now;
      cells = values.map((row, i) => row.map((_, j) => cell(i, j, told[i][j].fixed)));
      node.replaceChildren(...cells.flat().map((c) => c.outer));
      node.style.setProperty("--columns", String(values[0]?.length ?? 1));
      const size = `${values.length} by ${values[0]?.length ?? 0}`;
      stage.setAttribute("aria-label", `${said}, ${size}${edit || choose ? "; arrow keys move" : ""}`);
      rove();
    }
    values.forEach((row, i) => row.forEach((value, j) => {
      const {kind, inner, outer} = cells[i][j];
      const {mark = "", weight, label, text, pressed, shade} = told[i][j];
      outer.className = `cw-cell ${mark}`;
      if (weight === undefined) delete outer.dataset.weight; else outer.dataset.weight = weight;
      outer.style.setProperty("--weight-length", String((weight ?? "").length));
      outer.style.setProperty("--shade", shade === undefined ? "" : `${Math.round(shade * 100)}%`);
      const place = label ?? `${name} row ${i + 1} column ${j + 1}`;
      if (kind === "input") {
        inner.setAttribute("aria-label", place);
        if (inner !== document.activeElement || !Object.is(parsed(inner.value), value)) {
          if (parsed(inner.value) !== value) inner.value = String(+value.toPrecision(6)).replace("-", "−");
          inner.removeAttribute("aria-invalid");
        }
      } else {
        inner.textContent = text ?? shown(value);
        if (kind === "button") {
          inner.setAttribute("aria-label", `${place}: ${text ?? shown(value)}`);
          inner.setAttribute("aria-pressed", String(Boolean(pressed)));
        }
      }
      // Long numbers are set smaller: one that lost its first figure would be another number.
      outer.style.setProperty("--length", String((kind === "input" ? inner.value : inner.textContent).length));
    }));
  }
  return {node: stage, draw, title: (text) => { heading.textContent = text; }};
}

export const button = (label, click, attributes = {}) => make("button", {type: "button", class: "cw-button", click, ...attributes}, label);

// A control with its name before it.
function field(label, box) {
  box.id = uid();
  return make("span", {class: "cw-field"}, make("label", {for: box.id}, label), box);
}

// A whole number from `least` to `most`; `of` completes its name where several look alike.
export function slider(label, least, most, change, of = "") {
  const box = make("input", {type: "number", min: least, max: most, step: 1, inputmode: "numeric", "aria-label": of ? label + of : undefined});
  box.addEventListener("input", () => {
    const value = box.valueAsNumber;
    if (Number.isInteger(value) && value >= least && value <= most) change(value);
  });
  box.addEventListener("blur", () => { box.value = box.dataset.value; });
  const set = (value) => {
    box.dataset.value = value;
    if (box !== document.activeElement || box.valueAsNumber !== value) box.value = value;
  };
  return {node: field(label, box), set};
}

export function select(label, options, change) {
  const box = make("select", {}, ...options.map(([value, text]) => make("option", {value}, text)));
  box.addEventListener("change", () => change(box.value));
  return {node: field(label, box), set: (value) => { box.value = value; }};
}

export function toggle(label, change) {
  const box = make("input", {type: "checkbox"});
  box.addEventListener("change", () => change(box.checked));
  return {node: make("label", {class: "cw-field cw-toggle"}, box, ` ${label}`), set: (on) => { box.checked = on; }};
}

// Back, step, play. `go(1)` moves on and tells whether there is more; nothing plays unasked.
export function player(go, quiet) {
  let timer;
  const pause = () => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "Play";
    quiet(false);
  };
  const play = button("Play", () => {
    if (timer) return pause();
    play.textContent = "Pause";
    quiet(true);
    timer = setInterval(() => { if (!play.isConnected || !go(1)) pause(); }, 900);
  }, {class: "cw-button cw-play"});
  const by = (step) => () => { if (timer) pause(); go(step); };
  const node = make("div", {class: "cw-player", role: "group", "aria-label": "Walk through the outputs"},
    button("Back", by(-1)), button("Step", by(1)), play);
  return {node, pause};
}

// The sentence that explains what is chosen; spoken when it changes, but not while playing.
export function speech(css = "") {
  const node = make("p", {class: `cw-derivation ${css}`, role: "status", "aria-live": "polite"});
  const say = (text) => { if (node.textContent !== text) node.textContent = text; };
  const quiet = (on) => node.setAttribute("aria-live", on ? "off" : "polite");
  return {node, say, quiet};
}

// What is looked at, not part of an example.
const PLACES = ["at", "chosen", "seed"];

// A list of examples; the first is what the widget opens on. Numbers of the reader's, or of the page, have no name.
export function presets(list, choose) {
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const options = [...list.map((p, n) => [String(n), p.title]), ["own", "other numbers"]];
  const examples = select("Example", options, (n) => { if (n !== "own") choose(clone(list[+n].state)); });
  examples.show = (state) => {
    const found = list.findIndex((p) => Object.entries(p.state).every(([k, v]) => PLACES.includes(k) || same(state[k], v)));
    examples.set(found < 0 ? "own" : String(found));
  };
  return examples;
}

// A widget: `build({state, change, opened})` returns {node, draw}. `state` starts as `start`,
// changed by what the page or Python says, which is kept in `opened` to return to; `change(patch)` tells both and draws again.
export function widget(start, compute, build) {
  function render({model, el}) {
    const state = clone(start);
    const known = (key) => model?.get(key) !== undefined && model.get(key) !== null;
    for (const key of Object.keys(start)) if (known(key)) state[key] = clone(model.get(key));
    let parts;
    function redraw() {
      const result = compute(state);
      parts.draw(state, result);
      return result;
    }
    function change(patch) {
      Object.assign(state, patch);
      const result = redraw();
      const news = {...patch, result};
      for (const key of Object.keys(news)) if (known(key)) model.set(key, clone(news[key]));
      model?.save_changes();
    }
    parts = build({state, change, opened: clone(state)});
    // JupyterLab takes letters and arrows for its commands ("a" adds a cell) unless what has the focus says this.
    const keep = (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true");
    const box = make("div", {class: "cw", focusin: keep}, parts.node);
    el.append(box);
    el.classList.add("cw-live");
    el.compute = compute;
    el.change = change;
    const first = redraw();
    if (known("result")) { model.set("result", clone(first)); model.save_changes(); }
    const listeners = Object.keys(start).map((key) => [`change:${key}`, () => {
      const value = model.get(key);
      if (JSON.stringify(value) !== JSON.stringify(state[key])) change({[key]: clone(value)});
    }]);
    for (const [event, act] of listeners) model?.on?.(event, act);
    return () => {
      parts.stop?.();
      for (const [event, act] of listeners) model?.off?.(event, act);
    };
  }
  return {render, compute};
}

// Filter lab: a photograph, a kernel, and what comes out; the picture never leaves the page.
import {button, clone, make, numberGrid, presets, select, shown, speech, table, widget} from "./_kit.js";
import {PHOTO} from "./_photo.js";
import {PRESETS} from "./_presets.js";

const MOST = 240; // pixels along the longer side: enough to see, quick to compute

// Cross-correlation of a grey image (rows after one another) with a kernel, borders padded by zeros.
function filtered(pixels, width, kernel) {
  const [height, half] = [pixels.length / width, kernel.length >> 1];
  const output = new Float64Array(pixels.length);
  kernel.forEach((line, a) => line.forEach((weight, b) => {
    if (weight === 0) return;
    const [down, right] = [a - half, b - half];
    for (let i = Math.max(0, -down); i < Math.min(height, height - down); i++) {
      const from = (i + down) * width + right;
      for (let j = Math.max(0, -right); j < Math.min(width, width - right); j++) output[i * width + j] += weight * pixels[from + j];
    }
  }));
  return output;
}

function compute(s) {
  const pixels = s.pixels ?? [];
  return pixels.length ? {output: [...filtered(pixels, s.width, s.kernel)]} : {};
}

// From numbers to greys: as they are, their size, or with zero as middle grey.
const GREYS = {
  clip: ["cut off at black and white", (v) => v],
  size: ["size without sign", (v) => Math.abs(v)],
  signed: ["zero as middle grey", (v) => 128 + v / 2],
};

function build({state, change, opened}) {
  const [before, after] = [make("canvas", {role: "img"}), make("canvas", {role: "img"})];
  const kernel = numberGrid({title: "Kernel", tone: "cw-kernel", edit: (i, j, v) => {
    const next = clone(state.kernel);
    next[i][j] = v;
    change({kernel: next});
  }});
  const sentence = speech();
  const trouble = make("p", {class: "cw-note", role: "status"});
  const examples = presets(PRESETS, (chosen) => change(chosen));
  const side = select("Kernel side", [1, 3, 5, 7].map((n) => [String(n), String(n)]), (n) => {
    const border = (n - state.kernel.length) / 2;
    change({kernel: table(+n, +n, (i, j) => state.kernel[i - border]?.[j - border] ?? 0)});
  });
  const greys = select("Show", Object.entries(GREYS).map(([k, [label]]) => [k, label]), (v) => change({greys: v}));
  const again = button("Filter the result again", () => { pixels = Float64Array.from(last, (v) => Math.max(0, Math.min(255, GREYS[state.greys][1](v)))); show(before, pixels); change({}); });
  const file = make("input", {type: "file", accept: "image/*", class: "cw-hidden-file", "aria-label": "Your picture", tabindex: "-1"});
  file.addEventListener("change", () => { if (file.files[0]) load(URL.createObjectURL(file.files[0]), "your picture"); });
  const own = button("Your picture", () => file.click());
  const camera = button("Camera", () => (stream ? stopCamera() : startCamera()));
  const reset = button("Reset", () => { stopCamera(); load(PHOTO, "a cup of coffee"); change(clone(opened)); });
  let [pixels, width, last, stream, name] = [new Float64Array(0), 1, new Float64Array(0), undefined, "a cup of coffee"];
  let chosen = [0, 0];

  function show(canvas, values) {
    const image = new ImageData(width, values.length / width);
    values.forEach((v, n) => { image.data.set([v, v, v, 255], 4 * n); });
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").putImageData(image, 0, 0);
  }
  // Grey values of a picture or a camera's frame, made small.
  function take(source, w, h) {
    const scale = Math.min(1, MOST / Math.max(w, h));
    const canvas = make("canvas", {width: Math.max(1, Math.round(w * scale)), height: Math.max(1, Math.round(h * scale))});
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
    width = canvas.width;
    pixels = Float64Array.from({length: data.length / 4}, (_, n) => 0.299 * data[4 * n] + 0.587 * data[4 * n + 1] + 0.114 * data[4 * n + 2]);
    chosen = [Math.floor(canvas.height / 2), Math.floor(width / 2)];
    show(before, pixels);
    draw(state);
  }
  function load(url, called) {
    const image = new Image();
    image.onload = () => { name = called; trouble.textContent = ""; take(image, image.naturalWidth, image.naturalHeight); };
    image.onerror = () => { trouble.textContent = "This file is no picture that the browser can read; choose a JPEG or PNG."; };
    image.src = url;
  }
  function stopCamera() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = undefined;
    camera.textContent = "Camera";
  }
  async function startCamera() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({video: {width: 320, height: 240}});
    } catch {
      trouble.textContent = "The camera cannot be used here: the browser or its reader did not allow it.";
      return;
    }
    trouble.textContent = "The camera's picture stays on this page.";
    camera.textContent = "Stop the camera";
    const video = make("video", {playsinline: "", muted: ""});
    Object.assign(video, {muted: true, srcObject: stream});
    await video.play();
    name = "your camera's picture";
    const frame = () => {
      if (!stream || !node.isConnected) return stopCamera();
      take(video, video.videoWidth, video.videoHeight);
      setTimeout(() => requestAnimationFrame(frame), 100);
    };
    frame();
  }
  after.addEventListener("click", (event) => {
    const box = after.getBoundingClientRect();
    chosen = [Math.floor(((event.clientY - box.top) / box.height) * after.height), Math.floor(((event.clientX - box.left) / box.width) * width)];
    draw(state);
  });

  function draw(s) {
    kernel.draw(s.kernel);
    side.set(String(s.kernel.length));
    greys.set(s.greys);
    examples.show(s);
    if (!pixels.length) return;
    last = filtered(pixels, width, s.kernel);
    const grey = GREYS[s.greys][1];
    show(after, last.map(grey));
    before.setAttribute("aria-label", `Photograph, grey: ${name}`);
    const total = s.kernel.flat().reduce((t, v) => t + v, 0);
    const [least, most] = last.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
    const mean = last.reduce((t, v) => t + v, 0) / last.length;
    after.setAttribute("aria-label", `Result: values from ${shown(Math.round(least))} to ${shown(Math.round(most))}, mean ${shown(Math.round(mean))}`);
    const sums = Math.abs(total - 1) < 1e-6 ? "keep the brightness" : Math.abs(total) < 1e-6 ? "give 0 where nothing changes" : `multiply an even grey by ${shown(total)}`;
    sentence.say(`The weights add up to ${shown(total)}: they ${sums}. Values run from ${shown(Math.round(least))} to ${shown(Math.round(most))}. Pixel row ${chosen[0] + 1}, column ${chosen[1] + 1}: ${shown(Math.round(pixels[chosen[0] * width + chosen[1]]))} becomes ${shown(Math.round(last[chosen[0] * width + chosen[1]]))}.`);
  }
  const picture = (title, canvas) => make("div", {class: "cw-photo"}, make("div", {class: "cw-title"}, title), canvas);
  const node = make("div", {},
    make("div", {class: "cw-controls"}, examples.node, reset),
    make("div", {class: "cw-stages"}, picture("Photograph", before), kernel.node, picture("Result", after)),
    sentence.node, trouble,
    make("div", {class: "cw-controls"}, side.node, greys.node, again, own, camera, file));
  load(PHOTO, name);
  return {node, draw, stop: stopCamera};
}

export default widget(PRESETS[0].state, compute, build);

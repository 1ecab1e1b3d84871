// Formulas are set after the page has been drawn, those in sight first, in slices of some
// milliseconds: the page can be read and scrolled from the start, on a phone too. All of a round are
// put into the page at once, since each time costs the browser a new layout. Until MathJax is there,
// MathJax.startup.promise is ours; it is kept when all formulas are set.
{
  const SLICE = 15; // milliseconds of work, after which the browser may draw and answer
  const boxes = [...document.querySelectorAll(".math, .output_area, .mathjax_process, .tex2jax_process")];
  const outer = boxes.filter((box) => !boxes.some((other) => other !== box && other.contains(box)));

  const inSlices = async (items, act) => {
    let begin = performance.now();
    for (const item of items) {
      await MathJax._.util.Retries.handleRetriesFor(() => act(item)); // a command may have to be loaded
      if (performance.now() - begin < SLICE) continue;
      await new Promise((resume) => setTimeout(resume));
      begin = performance.now();
    }
  };
  const set = async (elements) => {
    const page = MathJax.startup.document;
    const known = new Set(page.math);
    page.reset();
    page.findMath({elements});
    const found = [...page.math].filter((formula) => !known.has(formula));
    await inSlices(found, (formula) => formula.compile(page));
    page.getMetrics();
    await inSlices(found, (formula) => { formula.typeset(page); formula.assistiveMml(page); });
    page.addStyleSheet();
    for (const formula of found.reverse()) formula.updateDocument(page); // places count from the front
  };
  const pageReady = async () => {
    const inSight = (box) => { const {top, bottom} = box.getBoundingClientRect(); return bottom > 0 && top < innerHeight; };
    const first = new Set(outer.filter(inSight));
    await set([...first]);
    await set(outer.filter((box) => !first.has(box)));
  };
  const drawn = new Promise((go) => {
    new PerformanceObserver(go).observe({type: "paint", buffered: true});
    setTimeout(go, 2000); // a page in the background is not drawn
  });
  const load = () => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.id = "MathJax-script"; // by which MathJax finds its other files
    script.src = address;
    script.onload = () => MathJax.startup.promise.then(done, failed);
    script.onerror = () => failed(new Error(`${script.src} cannot be read`));
    document.head.append(script);
  });
  const address = document.currentScript.src.replace(/formulas\.js.*/, "mathjax/startup.js");
  window.MathJax.startup = {pageReady, promise: drawn.then(load)};
}

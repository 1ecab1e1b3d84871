// Formulas are set after the page has been drawn, and a few at a time: it can be read and scrolled
// from the start, on a phone too. Until MathJax is there, MathJax.startup.promise is ours; it is
// kept when all formulas are set.
{
  const BATCH = 8; // set together: some milliseconds, or some tens on a phone
  const pause = () => new Promise((resume) => setTimeout(resume));
  const boxes = [...document.querySelectorAll(".math, .output_area, .mathjax_process, .tex2jax_process")];
  const outer = boxes.filter((box) => !boxes.some((other) => other !== box && other.contains(box)));

  const pageReady = async () => {
    for (let begin = 0; begin < outer.length; begin += BATCH) {
      await MathJax.typesetPromise(outer.slice(begin, begin + BATCH));
      await pause();
    }
  };
  const drawn = new Promise((go) => {
    new PerformanceObserver(go).observe({ type: "paint", buffered: true });
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
  window.MathJax.startup = { pageReady, promise: drawn.then(load) };
}

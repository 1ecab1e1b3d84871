// Formulas that are wider than the screen scroll; make them reachable by keyboard.
window.addEventListener("load", () => {
  const reach = () => {
    const boxes = [...document.querySelectorAll('mjx-container[display="true"], .bd-article table, .bd-article pre')];
    // All are measured before one is changed; each fold that is shut would be laid out by itself.
    const wide = boxes.filter((node) => node.checkVisibility() && node.scrollWidth > node.clientWidth);
    wide.forEach((node) => { node.tabIndex = 0; });
  };
  window.addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true); // a fold is opened
  (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reach);
});

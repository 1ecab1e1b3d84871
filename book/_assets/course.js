// Formulas that are wider than the screen scroll; make them reachable by keyboard.
window.addEventListener("load", () => {
  const reach = () => document.querySelectorAll('mjx-container[display="true"], .bd-article table, .bd-article pre').forEach((node) => {
    if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
  });
  window.addEventListener("resize", reach);
  (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reach);
});

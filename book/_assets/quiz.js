// Quizzes: check an answer, say why it is wrong, remember what was solved. The right answers come
// from each question's closed <details>, which a reader without scripts opens instead.
(() => {
  const STORE = "convnet.quiz";

  // Storage may be switched off, full, or refused to pages opened from a file.
  function load() {
    try { return JSON.parse(localStorage.getItem(STORE)) ?? {}; } catch { return {}; }
  }
  function save(record) {
    try { localStorage.setItem(STORE, JSON.stringify(record)); } catch { /* kept for this visit only */ }
  }
  const memory = load();

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }
  const copy = (node) => [...(node?.childNodes ?? [])].map((child) => child.cloneNode(true));

  // "1/3", "0,5", "−2" and "1 000" are numbers too.
  function number(words) {
    const plain = words.trim().replace(/\s/g, "").replace(/[−–]/g, "-").replace(",", ".");
    const parts = plain.split("/").map((part) => (part === "" ? NaN : Number(part)));
    return parts.length === 1 ? parts[0] : parts.length === 2 ? parts[0] / parts[1] : NaN;
  }

  // For each kind: what was given (null: nothing yet), how to show it again, and its verdict:
  // whether it is right, and the nodes that say why.
  const KINDS = {
    single: {
      given: (quiz) => quiz.querySelector("input:checked")?.value ?? null,
      show: (quiz, given) => quiz.querySelectorAll("input").forEach((box) => { box.checked = box.value === given; }),
      judge: (quiz, given) => {
        const answer = quiz.querySelector(`.quiz-answer [data-key="${given}"]`);
        return {right: answer.classList.contains("quiz-right"), why: copy(answer.querySelector(".quiz-why"))};
      },
      ask: "Choose an answer first.",
    },
    multiple: {
      given: (quiz) => {
        const boxes = [...quiz.querySelectorAll("input:checked")].map((box) => box.value);
        return boxes.length ? boxes : null;
      },
      show: (quiz, given) => quiz.querySelectorAll("input").forEach((box) => { box.checked = given.includes(box.value); }),
      judge: (quiz, given) => {
        const answers = [...quiz.querySelectorAll(".quiz-answer [data-key]")];
        const right = (answer) => answer.classList.contains("quiz-right");
        const chosen = (answer) => given.includes(answer.dataset.key);
        const wrong = answers.filter((answer) => chosen(answer) && !right(answer));
        const missed = answers.filter((answer) => !chosen(answer) && right(answer)).length;
        if (!wrong.length && !missed) return {right: true, why: answers.filter(right).flatMap((answer) => copy(answer.querySelector(".quiz-why")))};
        const why = wrong.map((answer) => make("div", {class: "quiz-fault"},
          make("p", {}, "Not this one: ", ...copy(quiz.querySelector(`input[value="${answer.dataset.key}"] + span`))),
          ...copy(answer.querySelector(".quiz-why"))));
        if (missed) why.push(make("p", {}, missed === 1 ? "One more answer holds." : `${missed} more answers hold.`));
        return {right: false, why};
      },
      ask: "Choose at least one answer first.",
    },
    numeric: {
      given: (quiz) => quiz.querySelector(".quiz-box").value.trim() || null,
      show: (quiz, given) => { quiz.querySelector(".quiz-box").value = given; },
      judge: (quiz, given) => {
        const value = number(given);
        if (!Number.isFinite(value)) return {right: false, why: [make("p", {}, "This is not a number; write for example 12, −0.5 or 1/3.")]};
        const answers = [...quiz.querySelectorAll(".quiz-answer [data-value]")];
        const near = (answer) => Math.abs(value - Number(answer.dataset.value)) <= Number(answer.dataset.tolerance);
        const answer = answers.find((a) => a.dataset.value !== "*" && near(a)) ?? answers.find((a) => a.dataset.value === "*");
        return {right: answer.classList.contains("quiz-right"), why: copy(answer.querySelector(".quiz-why"))};
      },
      ask: "Write a number first.",
    },
    order: {
      given: (quiz) => [...quiz.querySelectorAll(".quiz-order > li")].map((row) => row.dataset.key),
      show: (quiz, given) => {
        const list = quiz.querySelector(".quiz-order");
        for (const key of given) list.append(list.querySelector(`:scope > [data-key="${key}"]`));
      },
      judge: (quiz, given) => {
        const answers = [...quiz.querySelectorAll(".quiz-answer [data-key]")];
        const first = answers.findIndex((answer, place) => answer.dataset.key !== given[place]);
        if (first < 0) return {right: true, why: []};
        const lead = `${first === 0 ? "The first place is not right yet." : `The first ${first === 1 ? "place is" : `${first} places are`} right; place ${first + 1} is not.`} About what you put there:`;
        const there = answers.find((answer) => answer.dataset.key === given[first]);
        return {right: false, why: [make("p", {}, lead), ...copy(there.querySelector(".quiz-why"))]};
      },
      ask: "",
    },
  };

  function start(quiz) {
    const kind = KINDS[quiz.dataset.kind];
    const name = `${quiz.dataset.page}#${quiz.id}`;
    const answer = quiz.querySelector(".quiz-answer");
    const said = make("div", {class: "quiz-feedback", "aria-live": "polite"});
    const check = make("button", {type: "button", class: "quiz-check"}, "Check");
    const reveal = make("button", {type: "button", class: "quiz-reveal"}, "Show the answer");
    quiz.querySelector("fieldset").append(make("div", {class: "quiz-bar"}, check, reveal));
    answer.before(said);
    answer.hidden = reveal.hidden = true;
    if (quiz.dataset.kind === "order") movable(quiz, said);

    function verdict(given, tries) {
      const {right, why} = kind.judge(quiz, given);
      quiz.dataset.state = right ? "solved" : "open";
      reveal.hidden = right || !tries;
      const closing = right ? copy(answer.querySelector(".quiz-closing")) : [];
      said.replaceChildren(make("p", {class: "quiz-verdict"}, right ? "Right." : "Not yet."), ...why, ...closing);
      return right;
    }
    function attempt() {
      const given = kind.given(quiz);
      if (given === null) { said.replaceChildren(make("p", {}, kind.ask)); return; }
      const old = memory[name] ?? {tries: 0, solved: false};
      const right = verdict(given, old.tries + 1);
      memory[name] = {tries: old.tries + 1, solved: old.solved || right, given};
      save(memory);
      document.dispatchEvent(new Event("quiz-progress"));
    }
    check.addEventListener("click", attempt);
    quiz.querySelector(".quiz-box")?.addEventListener("keydown", (event) => { if (event.key === "Enter") attempt(); });
    reveal.addEventListener("click", () => {
      answer.hidden = false; answer.open = true; reveal.hidden = true;
      answer.querySelector("summary").focus();
    });
    quiz.forget = () => {
      delete memory[name];
      quiz.querySelectorAll("input").forEach((box) => { box.type === "text" ? (box.value = "") : (box.checked = false); });
      delete quiz.dataset.state;
      said.replaceChildren();
      answer.open = false; answer.hidden = reveal.hidden = true;
    };
    const old = memory[name];
    if (old?.given !== undefined) {
      // The page may have changed since: an answer that no longer fits is forgotten.
      try { kind.show(quiz, old.given); verdict(old.given, old.tries); } catch { quiz.forget(); }
    }
  }

  // Up and down buttons: an order that can be made by keyboard, pointer and voice alike.
  function movable(quiz, said) {
    const list = quiz.querySelector(".quiz-order");
    const rows = () => [...list.children];
    function move(row, step, button) {
      const all = rows(), place = all.indexOf(row) + step;
      if (place < 0 || place >= all.length) return;
      step < 0 ? all[place].before(row) : all[place].after(row);
      said.replaceChildren(make("p", {}, `${row.querySelector("span").textContent.trim()}: now at place ${place + 1} of ${all.length}.`));
      button.focus();
    }
    for (const row of rows()) {
      const label = row.querySelector("span").textContent.trim();
      const up = make("button", {type: "button", "aria-label": `Move up: ${label}`}, "↑");
      const down = make("button", {type: "button", "aria-label": `Move down: ${label}`}, "↓");
      up.addEventListener("click", () => move(row, -1, up));
      down.addEventListener("click", () => move(row, 1, down));
      row.append(make("span", {class: "quiz-moves"}, up, down));
    }
  }

  // One line above a page's first question.
  function progress(quizzes) {
    const words = make("span", {role: "status"});
    const again = make("button", {type: "button"}, "Start again");
    quizzes[0].before(make("p", {class: "quiz-progress"}, words, " ", again));
    const update = () => {
      const solved = quizzes.filter((quiz) => memory[`${quiz.dataset.page}#${quiz.id}`]?.solved).length;
      words.textContent = `${solved} of ${quizzes.length} questions on this page solved. Only this browser keeps the count.`;
      again.hidden = !quizzes.some((quiz) => memory[`${quiz.dataset.page}#${quiz.id}`]);
    };
    again.addEventListener("click", () => { quizzes.forEach((quiz) => quiz.forget()); save(memory); update(); });
    document.addEventListener("quiz-progress", update);
    update();
  }

  // Hints open one after another.
  function stage(exercise) {
    const hints = [...exercise.querySelectorAll("details.hint")];
    hints.slice(1).forEach((hint, place) => {
      hint.hidden = true;
      hints[place].addEventListener("toggle", () => { if (hints[place].open) hint.hidden = false; });
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const quizzes = [...document.querySelectorAll(".quiz")];
    quizzes.forEach(start);
    if (quizzes.length) progress(quizzes);
    document.querySelectorAll("div.exercise").forEach(stage);
  });
})();

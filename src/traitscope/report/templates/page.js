"use strict";
/* Hover values, linked charts, tabs, sorting, the choice of the tint, the theme. Every state stands in the
   address; every text is set as text. Without this script the page shows all panels and all figures. */
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const state = new URLSearchParams();
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  function remember(changes) {
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) state.delete(key); else state.set(key, value);
    }
    const address = "#" + state.toString();
    try { history.replaceState(null, "", address); } catch { location.hash = address; }
  }

  /* Tips: titles become one quick tip for pointer, touch and keyboard. */
  const tip = document.getElementById("tip");
  function adoptTitles() {
    for (const title of all("svg title")) {
      title.parentNode.dataset.tip = title.textContent;
      title.remove();
    }
    for (const element of all("[title]")) {
      element.dataset.tip = element.title;
      element.removeAttribute("title");
    }
  }
  function showTip(event) {
    const target = event.target instanceof Element ? event.target.closest("[data-tip]") : null;
    tip.hidden = !target;
    if (!target) return;
    tip.textContent = target.dataset.tip;
    const box = target.getBoundingClientRect();
    const pointed = event.type === "focusin" || box.width < 60;
    const x = pointed ? box.left + box.width / 2 : event.clientX;
    const left = Math.min(Math.max(8, x - tip.offsetWidth / 2), root.clientWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  }

  /* Panels of a group: one is shown, by its tab. */
  function showPanel(group, name) {
    const panels = all(`[data-panel="${group}"]`);
    const chosen = panels.find((panel) => panel.dataset.name === name) ?? panels[0];
    for (const panel of panels) panel.classList.toggle("active", panel === chosen);
    for (const tab of all(`[data-tabs="${group}"] a`)) {
      if (chosen && tab.dataset.tab === chosen.dataset.name) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
  }

  /* Evaluations: a mark or a cell opens the figures and the answers. */
  function made(name, text, kind) {
    const element = document.createElement(name);
    element.textContent = text;
    if (kind) element.className = kind;
    return element;
  }
  function figureOf([label, text, reason]) {
    const pair = document.createElement("div");
    const value = made("dd", text);
    if (reason) { value.className = "absent"; value.dataset.tip = reason; }
    pair.append(made("dt", label), value);
    return pair;
  }
  function answerOf(question, [text, trait, coherence]) {
    const item = document.createElement("li");
    const head = made("p", "", "answer-head");
    head.append(made("b", question), made("span", `trait ${trait}`), made("span", `coherence ${coherence}`));
    item.append(head, made("p", text, "words"));
    return item;
  }
  function openEvaluation(key) {
    if (!Object.hasOwn(data.evaluations, key)) return;
    const evaluation = data.evaluations[key];
    const slug = key.split(".")[0];
    const inspector = document.querySelector(`[data-inspector="${slug}"]`);
    inspector.querySelector(".figures").replaceChildren(...evaluation.figures.map(figureOf));
    const answers = inspector.querySelector(".evaluation-answers");
    answers.hidden = evaluation.answers.length === 0;
    answers.querySelector("summary").textContent = `${evaluation.answers.length} answers of this evaluation`;
    answers.querySelector("ol").replaceChildren(
      ...evaluation.answers.map((answer, index) => answerOf(data.questions[slug][index] ?? "", answer)));
    for (const mark of all(`[data-evaluation^="${slug}."]`)) {
      const picked = mark.dataset.evaluation === key;
      mark.classList.toggle("picked", picked);
      mark.setAttribute("tabindex", picked ? "0" : "-1");
    }
  }
  function pickOf(event) {
    return event.target instanceof Element ? event.target.closest(".pick[data-evaluation]") : null;
  }
  function heat(event) {
    const pick = pickOf(event);
    for (const mark of all(".hot")) mark.classList.remove("hot");
    if (pick) for (const mark of all(`[data-evaluation="${pick.dataset.evaluation}"]`)) mark.classList.add("hot");
  }
  function step(event, pick) {
    const marks = all(".pick[data-evaluation]", pick.closest("svg"));
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = marks[marks.indexOf(pick) + by];
    if (next) next.focus();
    event.preventDefault();
  }

  /* Tokens: one trait's tint at a time, one scale for both variants. */
  function tint(container, trait) {
    const known = data.tokens[container.dataset.tokens];
    if (!Object.hasOwn(known.reach, trait)) return;
    const [reach, written] = known.reach[trait];
    for (const button of all("[data-choose]", container)) {
      button.setAttribute("aria-pressed", String(button.dataset.choose === trait));
    }
    container.querySelector('[data-reach="low"]').textContent = `\u2212${written}`;
    container.querySelector('[data-reach="high"]').textContent = `+${written}`;
    for (const line of all("[data-answer]", container)) {
      const { values, mean } = known.answers[line.dataset.answer][trait];
      all("span", line).forEach((token, index) => {
        const share = reach > 0 ? Math.max(-1, Math.min(1, values[index] / reach)) : 0;
        token.className = `t${10 + Math.round(10 * share)}`;
        token.dataset.tip = `${trait} ${values[index] > 0 ? "+" : ""}${String(values[index]).replace("-", "\u2212")}`;
      });
      container.querySelector(`[data-mean="${line.dataset.answer}"]`).textContent = mean;
    }
    for (const span of all(".spans li", container.closest(".panel"))) {
      span.hidden = span.dataset.trait !== trait;
    }
  }

  /* Tables: a column's head sorts; missing figures stay last. */
  function sortBy(table, column, descending) {
    const body = table.tBodies[0];
    const order = (row) => row.cells[column].dataset.order;
    const rows = [...body.rows].sort((a, b) => {
      const [first, second] = [order(a), order(b)];
      if (first === undefined || second === undefined) return (first === undefined) - (second === undefined);
      const difference = Number(first) - Number(second);
      const sign = Number.isNaN(difference) ? first.localeCompare(second) : difference;
      return descending ? -sign : sign;
    });
    body.append(...rows);
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      if (index === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  /* Theme: the system's, until the reader chooses. */
  const toggle = document.getElementById("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  function setTheme(theme) {
    if (theme === "dark" || theme === "light") root.dataset.theme = theme; else delete root.dataset.theme;
    toggle.textContent = isDark() ? "light" : "dark";
    toggle.setAttribute("aria-label", `use the ${toggle.textContent} theme`);
  }

  function restore() {
    const text = location.hash.slice(1);
    const given = text.includes("=") ? new URLSearchParams(text) : new URLSearchParams(text ? { at: text } : {});
    for (const key of [...state.keys()]) state.delete(key);
    for (const [key, value] of given) state.set(key, value);
    setTheme(state.get("theme"));
    const evaluation = state.get("evaluation");
    showPanel("trait", state.get("trait") ?? (evaluation ? evaluation.split(".")[0] : null));
    showPanel("comparison", state.get("comparison"));
    for (const best of all(".inspector")) {
      const shown = document.querySelector(`.searchpath .pick[tabindex="0"][data-evaluation^="${best.dataset.inspector}."]`);
      if (shown) openEvaluation(shown.dataset.evaluation);
    }
    if (evaluation) openEvaluation(evaluation);
    for (const container of all("[data-tokens]")) {
      tint(container, container.querySelector("[data-choose]").dataset.choose);
      if (state.get("tokens")) tint(container, state.get("tokens"));
    }
    const [table, column, way] = (state.get("sort") ?? "").split(".");
    const sorted = table ? document.getElementById(table) : null;
    if (sorted?.matches("table.sheet") && sorted.tHead.rows[0].cells[Number(column)]) sortBy(sorted, Number(column), way === "down");
    goTo(state.get("at"));
  }
  function goTo(id) {
    const place = id ? document.getElementById(id) : null;
    if (!place) return;
    const panel = place.closest("[data-panel]");
    if (panel) showPanel(panel.dataset.panel, panel.dataset.name);
    place.scrollIntoView();
  }

  function click(event) {
    if (!(event.target instanceof Element)) return;
    const pick = pickOf(event);
    const tab = event.target.closest("[data-tab]");
    const choice = event.target.closest("[data-choose]");
    const head = event.target.closest(".sort");
    const link = event.target.closest('a[href^="#"]');
    if (pick) {
      openEvaluation(pick.dataset.evaluation);
      remember({ evaluation: pick.dataset.evaluation });
    } else if (tab) {
      event.preventDefault();
      const group = tab.parentElement.dataset.tabs;
      showPanel(group, tab.dataset.tab);
      remember({ [group]: tab.dataset.tab, at: null, ...(group === "trait" ? { evaluation: null } : {}) });
    } else if (choice) {
      tint(choice.closest("[data-tokens]"), choice.dataset.choose);
      remember({ tokens: choice.dataset.choose });
    } else if (head) {
      const cell = head.closest("th");
      const table = head.closest("table");
      const descending = cell.getAttribute("aria-sort") === "ascending"
        || (cell.classList.contains("num") && !cell.hasAttribute("aria-sort"));
      sortBy(table, cell.cellIndex, descending);
      remember({ sort: `${table.id}.${cell.cellIndex}.${descending ? "down" : "up"}` });
    } else if (link) {
      event.preventDefault();
      const id = link.getAttribute("href").slice(1);
      goTo(id);
      const panel = document.getElementById(id)?.closest("[data-panel]");
      remember({ at: id, ...(panel ? { [panel.dataset.panel]: panel.dataset.name } : {}) });
    } else if (event.target === toggle) {
      setTheme(isDark() ? "light" : "dark");
      remember({ theme: root.dataset.theme });
    }
  }

  adoptTitles();
  root.classList.add("live");
  toggle.hidden = false;
  restore();
  addEventListener("hashchange", restore);
  prefersDark.addEventListener("change", () => setTheme(root.dataset.theme));
  document.addEventListener("click", click);
  document.addEventListener("pointerover", (event) => { showTip(event); heat(event); });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(":focus-visible")) showTip(event);
    heat(event);
  });
  document.addEventListener("focusout", () => { tip.hidden = true; });
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
  document.addEventListener("keydown", (event) => {
    const pick = pickOf(event);
    if (event.key === "Escape") tip.hidden = true;
    else if (pick && (event.key === "Enter" || event.key === " ")) { click(event); event.preventDefault(); }
    else if (pick && event.key.startsWith("Arrow")) step(event, pick);
  });
})();

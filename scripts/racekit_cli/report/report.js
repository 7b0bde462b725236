// SPDX-License-Identifier: MIT
// The page without this file has everything as tables; here they become something to step through.
"use strict";
(() => {
  const all = (place, selector) => [...place.querySelectorAll(selector)];
  const root = document.documentElement;
  let graphs = {};
  let excerpts = {};  // by file:line
  const articles = new Map(all(document, "article").map((one) => [one.dataset.scenario, one]));
  const players = new Map();  // "scenario variant" -> player
  let at = { view: "", scenario: "", variant: "racy", step: 0, play: "" };

  function make(name, text, attributes = {}, ...inside) {
    const one = document.createElement(name);
    if (text) one.textContent = text;
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "click") one.addEventListener("click", value);
      else if (value !== false) one.setAttribute(key, value === true ? "" : value);
    }
    one.append(...inside);
    return one;
  }
  const number = (row) => Number(row.cells[0].textContent);
  const act = (row) => row.querySelector(".act").firstChild.textContent.trim();
  const outside = "before or after the threads: ";
  const thread_of = (row) => act(row).startsWith(outside) ? -1
    : row.querySelector(".act").cellIndex - 1;
  const waits_of = (row) => act(row).startsWith("‖ ") ? act(row).slice(2) : "";
  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(unpacked).text());
  }

  // The address -------------------------------------------------------------------------------

  function read() {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (!hash.startsWith("s=")) {
      const named = [...articles.keys()].find((id) => id.replace("/", ".") === hash);
      if (named) return { view: "", scenario: named, variant: "", step: 0, play: "" };
      const lesson = hash.startsWith("lesson-");
      const known = document.getElementById(hash);
      const first = document.querySelector(".view");
      const view = lesson ? "lessons" : known && known.classList.contains("view") ? hash : first.id;
      return { view, lesson: lesson ? hash : "", scenario: "", variant: "", step: 0, play: "" };
    }
    const asked = new Map(hash.split("&").map((part) => part.split(/=(.*)/s).slice(0, 2)));
    const step = Number.parseInt(asked.get("step") || "0", 10);
    if (!articles.has(asked.get("s")))
      return { view: "verdicts", scenario: "", variant: "", step: 0, play: "" };
    return { view: "", scenario: asked.get("s"), variant: asked.get("v") || "",
      step: Number.isFinite(step) ? step : 0, play: asked.get("play") || "" };
  }
  function address() {
    if (!at.scenario) return `#${at.view}`;
    let text = `#s=${at.scenario}&v=${at.variant}`;
    if (at.step > 0) text += `&step=${at.step}`;
    if (at.play) text += `&play=${at.play}`;
    return text;
  }
  // Steps change the address in place, so that the back button leaves the scenario.
  const note = () => history.replaceState(null, "", address());

  function show() {
    stop();
    at = read();
    for (const view of all(document, ".view"))
      view.classList.toggle("shown", !at.scenario && view.id === at.view);
    for (const [id, article] of articles) article.classList.toggle("shown", id === at.scenario);
    for (const link of all(document, "header nav a")) {
      if (link.hash === `#${at.view}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const article = articles.get(at.scenario);
    if (!article) {
      document.title = "racekit report";
      if (at.lesson) document.getElementById(at.lesson)?.scrollIntoView();
      else scrollTo(0, 0);
      return;
    }
    document.title = `${at.scenario}: racekit report`;
    const variants = all(article, ".player").map((one) => one.dataset.variant);
    const is_there = at.variant === both ? variants.length > 1
      : !variants.length || variants.includes(at.variant) || graphs[at.scenario]?.[at.variant];
    if (!at.variant || !is_there) at.variant = variants[0] || "racy";
    for (const one of all(article, ".player")) begin(one, article);
    choose(article, at.variant);
    game(article);
    if (location.hash.includes("step=")) player()?.go(at.step);
    else scrollTo(0, 0);
  }

  // The step player ---------------------------------------------------------------------------

  const both = "both";  // variants, in step with one another
  const player = () => at.variant !== both ? players.get(`${at.scenario} ${at.variant}`)
    : all(articles.get(at.scenario), ".player")  // the one with the most steps leads
      .map((one) => players.get(`${at.scenario} ${one.dataset.variant}`))
      .reduce((one, other) => (other.rows.length > one.rows.length ? other : one));

  function choose(article, variant) {
    for (const one of players.values()) one.leave();
    article.classList.toggle(both, variant === both);
    for (const one of all(article, ".player"))
      one.classList.toggle("hidden", variant !== both && one.dataset.variant !== variant);
    for (const button of all(article, ".variants button"))
      button.setAttribute("aria-pressed", String(button.dataset.variant === variant));
    at.variant = variant;
    player()?.go(at.step);
  }

  function begin(place, article) {
    const name = `${article.dataset.scenario} ${place.dataset.variant}`;
    if (players.has(name)) return;
    if (!article.querySelector(".variants")) {
      const variants = all(article, ".player").map((one) => one.dataset.variant);
      const bar = make("div", "", { class: "controls variants", role: "group",
        "aria-label": "variant" });
      for (const variant of variants.length > 1 ? [...variants, both] : variants) {
        const words = variant === both ? "both, in step" : `${variant} variant`;
        bar.append(make("button", words, { type: "button", "data-variant": variant,
          click: () => { stop(); at.step = 0; choose(article, variant); note(); } }));
      }
      const side_by_side = make("div", "", { class: "players" });
      article.querySelector(".player").before(bar, side_by_side);
      side_by_side.append(...all(article, ".player"));
    }
    players.set(name, new Player(place, article));
  }

  class Player {
    constructor(place, article) {
      this.place = place;
      this.article = article;
      this.rows = all(place, ".trace tbody tr");
      this.threads = Number(place.dataset.threads);
      this.threads_of = this.rows.map(thread_of);
      this.step = 0;
      this.lanes = make("div", "", { class: "lanes" });
      this.say = make("p", "", { class: "say", "aria-live": "polite" });
      const button = (label, title, click) => make("button", label, { type: "button", title,
        "aria-label": title, click });
      this.slider = make("input", "", { type: "range", min: 0, max: this.rows.length, value: 0,
        "aria-label": "step" });
      this.slider.addEventListener("input", () => { stop(); this.go(Number(this.slider.value)); });
      this.playing = button("▷ play", "play or pause (Space)", () => toggle());
      this.speed = make("select", "", { "aria-label": "speed" });
      for (const [words, pause] of [["slow", 1800], ["normal", 900], ["fast", 350]])
        this.speed.append(make("option", words, { value: pause, selected: words === "normal" }));
      this.fails = this.rows.findIndex((row) => "fails" in row.dataset) + 1;
      const bar = make("div", "", { class: "controls" },
        button("⇤ first", "first step (Home)", () => { stop(); this.go(0); }),
        button("◀ back", "previous step (←)", () => { stop(); this.go(this.step - 1); }),
        this.playing,
        button("next ▶", "next step (→)", () => { stop(); this.go(this.step + 1); }),
        button("last ⇥", "last step (End)", () => { stop(); this.go(this.rows.length); }),
        button("⇄ switch", "next context switch (n)", () => this.next_switch()));
      if (this.fails)
        bar.append(button("⚑ failing step", "jump to the failing step (g)", () => this.fail()));
      bar.append(this.slider, this.speed);
      const table = place.querySelector(".trace-place");
      this.elsewhere = make("pre", "", { class: "elsewhere", hidden: true });
      table.before(bar, this.lanes, this.say);
      table.after(this.elsewhere);  // there it moves nothing
      this.rows.forEach((row, index) => row.addEventListener("click", () => {
        stop();
        this.go(index + 1);
      }));
      this.drawings = [];
      this.here = null;
      this.drawn = place.querySelector(".lanes-drawn");
      this.mark = make("span", "", { class: "at", hidden: true, "aria-hidden": "true" });
      this.drawn.append(this.mark);
      this.drawn.addEventListener("click", (event) => {
        const step = this.row_at(event.clientX);
        if (step >= 1 && step <= this.rows.length) { stop(); this.go(step); }
      });
    }
    // The places of the drawn lanes begin after the names; each is some characters wide.
    place_mark() {
      const { name, each } = this.drawn.dataset;
      this.mark.hidden = this.step === 0;
      this.mark.style.left = `calc(0.6rem + ${Number(name) + (this.step - 1) * each}ch)`;
      this.mark.style.width = `${each}ch`;
      const left = this.mark.offsetLeft;
      const { scrollLeft, clientWidth } = this.drawn;
      if (left < scrollLeft || left > scrollLeft + clientWidth - 30)
        this.drawn.scrollLeft = left - clientWidth / 2;
    }
    row_at(x) {
      if (this.mark.hidden) this.go(1);
      const box = this.mark.getBoundingClientRect();
      return this.step + Math.floor((x - box.left) / box.width);
    }
    fail() { stop(); if (this.fails) this.go(this.fails); }
    next_switch() {
      stop();
      const thread = (step) => this.threads_of[step - 1];
      let step = this.step + 1;
      while (step < this.rows.length && thread(step) === thread(this.step || 1)) step += 1;
      this.go(step);
    }
    state(thread) {
      const mine = this.rows.map((row, index) => [this.threads_of[index], index, row])
        .filter(([number]) => number === thread);
      const past = mine.filter(([, index]) => index < this.step);
      const last = past.at(-1);
      const waits = last ? waits_of(last[2]) : "";
      if (last && last[1] === this.step - 1 && !waits) return ["running", "▶ runs"];
      if (waits) return ["blocked", `‖ blocked: ${waits}`];
      if (past.length === mine.length) return ["done", "✓ done"];
      return ["ready", "○ ready"];
    }
    sentence() {
      if (this.step === 0) return `Nothing has happened yet. ${plural(this.rows.length, "row")}.`;
      const row = this.rows[this.step - 1];
      const did = act(row);
      const badges = all(row, ".badge:not(.mark), .note").map((one) => one.textContent);
      const heads = all(row.closest("table"), "thead th");
      const values = all(row, ".changed")
        .map((cell) => `${heads[cell.cellIndex].textContent} is now ${cell.textContent}.`);
      const thread = this.threads_of[this.step - 1];
      const who = thread < 0 ? "Outside the threads" : `Thread ${thread}`;
      const words = waits_of(row) ? `${who} is blocked: ${waits_of(row)}.`
        : `Step ${number(row)}. ${who}: ${did}.`;
      const sentence = (one) => `${one[0].toUpperCase()}${one.slice(1)}.`;
      return [words, ...values, ...badges.map(sentence)].join(" ");
    }
    go(step, follows = false) {
      this.step = Math.max(0, Math.min(step, this.rows.length));
      this.rows.forEach((row, index) => {
        row.classList.toggle("now", index === this.step - 1);
        row.classList.toggle("later", index >= this.step);
        if (index === this.step - 1) row.setAttribute("aria-current", "step");
        else row.removeAttribute("aria-current");
      });
      this.lanes.replaceChildren(...Array.from({ length: this.threads }, (_, thread) => {
        const [kind, words] = this.state(thread);
        return make("div", "", { class: kind }, make("strong", `thread ${thread}`), ` ${words}`);
      }));
      this.say.textContent = this.sentence();
      this.slider.value = this.step;
      this.slider.setAttribute("aria-valuetext", `step ${this.step} of ${this.rows.length}`);
      this.sources();
      this.place_mark();
      this.draw();
      if (follows) return;
      at.step = this.step;
      if (at.variant === both) {
        for (const one of all(this.article, ".player"))
          if (one !== this.place)
            players.get(`${at.scenario} ${one.dataset.variant}`).go(step, true);
      }
      note();
    }
    leave() {
      this.here?.classList.remove("here");
    }
    sources() {
      const row = this.rows[this.step - 1];
      const own = this.article.querySelector(".sources");
      this.here?.classList.remove("here");
      this.elsewhere.hidden = true;
      if (!row) return;
      const [, file, line] = /([\w.-]+):(\d+)/.exec(row.lastElementChild.textContent) || [];
      const cell = own?.querySelector(`td[data-line="${line}"]`);
      if (cell && file === `${this.article.dataset.scenario.split("/")[1]}.cpp`)
        (this.here = cell).classList.add("here");
      const lines = excerpts[`${file}:${line}`];
      this.elsewhere.hidden = !lines;
      this.elsewhere.textContent = lines ? `${file}\n${lines}` : "";
    }
    // A dashed line between the two accesses that nothing orders, as soon as both have happened,
    // and an arrow from what happens before this step to it.
    draw() {
      for (const one of this.drawings) one.remove();
      this.drawings = [];
      const row = this.rows.find((one) => "race" in one.dataset &&
        Number(one.dataset.race) < number(one));
      if (row && this.rows.indexOf(row) < this.step)
        this.connect(row.dataset.race, row, "no happens-before");
      const now = this.rows[this.step - 1];
      if (now?.dataset.after) this.connect(now.dataset.after, now, "");
    }
    connect(step, row, says) {
      const other = this.rows.find((one) => number(one) === Number(step));
      if (!other) return;
      const table = row.closest("table").getBoundingClientRect();
      const middle = (cell) => {
        const box = cell.getBoundingClientRect();
        return [box.left - table.left + Math.min(box.width / 2, 60), box.top - table.top,
          box.height];
      };
      const [x1, top, height] = middle(other.querySelector(".act"));
      const [x2, y2] = middle(row.querySelector(".act"));
      const y1 = top + height;
      const add = (place, name, attributes) => {
        const one = document.createElementNS("http://www.w3.org/2000/svg", name);
        for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
        place.append(one);
        return one;
      };
      const svg = add(row.closest(".trace-place"), "svg", { class: "order-line",
        width: table.width, height: table.height, "aria-hidden": "true" });
      svg.style.top = `${row.closest("table").offsetTop}px`;
      const line = add(svg, "line", { x1, y1, x2, y2 });
      if (says) {
        // Near the later access its own lane has rows, and the other lane is empty.
        add(svg, "text", { x: x1 + 0.7 * (x2 - x1) + (x1 < x2 ? -8 : 8),
          y: y1 + 0.7 * (y2 - y1) + 4, "text-anchor": x1 < x2 ? "end" : "start" })
          .textContent = says;
      } else {
        const turned = (180 / Math.PI) * Math.atan2(y2 - y1, x2 - x1);
        line.setAttribute("class", "after");
        add(svg, "path", { d: "M0 0 -10 -4 -10 4z", transform: `translate(${x2} ${y2}) ` +
          `rotate(${turned})` });
      }
      this.drawings.push(svg);
    }
  }

  let timer = 0;
  function stop() {
    if (timer) clearInterval(timer);
    timer = 0;
    for (const one of players.values()) one.playing.textContent = "▷ play";
  }
  function toggle() {
    const one = player();
    if (!one) return;
    if (timer) { stop(); return; }
    if (one.step >= one.rows.length) one.go(0);
    one.playing.textContent = "‖ pause";
    timer = setInterval(() => {
      one.go(one.step + 1);
      if (one.step >= one.rows.length) stop();
    }, Number(one.speed.value));
  }

  // You are the scheduler -----------------------------------------------------------------------

  function game(article) {
    const place = article.querySelector(".scheduler");
    const mine = graphs[article.dataset.scenario];
    if (place && !mine) place.textContent = "This browser cannot unpack the states.";
    if (!place || !mine) return;
    const variant = mine[at.variant] ? at.variant : Object.keys(mine)[0];
    new Game(place, mine, variant, at.play);
  }

  class Game {
    constructor(place, mine, variant, play) {
      this.place = place;
      this.mine = mine;
      this.start(variant, play);
    }
    start(variant, play = "") {
      this.variant = variant;
      this.graph = this.mine[variant];
      this.path = [0];
      this.taken = [];
      for (const word of play.split(".").filter(Boolean)) {
        const edge = this.edges()[Number.parseInt(word, 36)];
        if (!edge) break;
        this.take(Number.parseInt(word, 36), false);
      }
      this.render();
    }
    edges() { return this.graph.states[this.path.at(-1)][0]; }
    take(number, told = true) {
      const edge = this.edges()[number];
      this.taken.push(number);
      this.path.push(edge[1]);
      if (told) this.told();
    }
    undo() {
      this.taken.pop();
      if (this.path.length > 1) this.path.pop();
      this.told();
    }
    told() {
      at.play = this.taken.map((one) => one.toString(36)).join(".");
      at.variant = this.variant;
      note();
      this.render(true);
    }
    steps(edge) { return edge[2].map((number) => this.graph.steps[number]); }
    words(edge) {
      const made = this.steps(edge).filter((step) => !step[4]);
      const text = made.map(([action, object, , , , newest]) =>
        (object ? `${object} ` : "") + action + (newest !== "" ? ` (stale: ${newest} is newest)` : ""));
      return text.join("; ") || "goes on";
    }
    values() {
      const values = new Map();
      this.taken.forEach((number, index) => {
        for (const [, object, value] of this.steps(this.graph.states[this.path[index]][0][number]))
          if (object && value) values.set(object, value);
      });
      return values;
    }
    waits(thread) {
      let words = "";
      this.taken.forEach((number, index) => {
        const edge = this.graph.states[this.path[index]][0][number];
        for (const [action, , , , blocked] of this.steps(edge))
          if (blocked) words = action;
      });
      return this.graph.states[this.path.at(-1)][1].includes(thread)
        ? `‖ blocked${words ? `: ${words}` : ""}` : "✓ done";
    }
    verdict() {
      const state = this.graph.states[this.path.at(-1)];
      if (state.length < 3) return null;
      const [, , ended, kind, consequence] = state;
      if (!ended) {
        const first = this.path.findIndex((number) => this.graph.states[number].length > 2);
        return ["bad", `Step ${first} makes a ${kind}: no happens-before orders it with another ` +
          "access. Go on to see what it leads to."];
      }
      if (!kind) return ["good", "The execution ends, and every check holds. Try another order."];
      const words = kind + (consequence ? `: ${consequence}` : "");
      if (kind === "data race" && !consequence)
        return ["bad", "The accesses race, so the behaviour is undefined. The result was right " +
          "this time: find an order in which it is wrong."];
      const best = this.graph.break?.length;
      const made = this.taken.length;
      return ["bad", `You broke it in ${plural(made, "step")}: ${words}. ` +
        (made <= best ? "No break is shorter." : `The shortest break takes ${best}.`)];
    }
    move_area() {
      const area = make("div", "", { class: "moves" });
      for (let thread = 0; thread < this.graph.threads; thread += 1) {
        const box = make("fieldset", "", {}, make("legend", `thread ${thread}`));
        const mine = this.edges().map((edge, number) => [edge, number])
          .filter(([edge]) => edge[0] === thread);
        for (const [edge, number] of mine)
          box.append(make("button", this.words(edge), { type: "button", "data-edge": number,
            click: () => this.take(number) }));
        if (!mine.length)
          box.append(make("button", this.waits(thread), { type: "button", disabled: true }));
        area.append(box);
      }
      return area;
    }
    history() {
      const list = make("ol", "", { class: "history" });
      this.taken.forEach((number, index) => {
        const edge = this.graph.states[this.path[index]][0][number];
        list.append(make("li", `thread ${edge[0]}: ${this.words(edge)}`));
      });
      return list;
    }
    render(focus = false) {
      const button = (label, click, disabled = false) => make("button", label,
        { type: "button", click, disabled });
      const bar = make("div", "", { class: "controls" });
      for (const variant of Object.keys(this.mine))
        bar.append(make("button", `${variant} variant`, { type: "button",
          "aria-pressed": String(variant === this.variant),
          click: () => { this.start(variant); this.told(); } }));
      bar.append(button("↶ undo", () => this.undo(), !this.taken.length),
        button("↺ restart", () => { this.start(this.variant); this.told(); }, !this.taken.length));
      if (this.graph.break) bar.append(button("show the shortest break", () => {
        this.start(this.variant, this.graph.break.map((one) => one.toString(36)).join("."));
        this.told();
      }));
      const end = this.verdict();
      const result = make("p", end ? end[1] : this.graph.break
        ? `${plural(this.taken.length, "step")} so far. Which thread goes next?`
        : `${plural(this.taken.length, "step")} so far. No choice breaks this variant: ` +
          `all ${this.graph.states.length} states were listed.`,
        { class: end ? `result ${end[0]}` : "result", role: "status" });
      const values = [...this.values()].map(([name, value]) => `${name} = ${value}`).join(", ");
      this.place.replaceChildren(bar, result, this.move_area(),
        make("p", values ? `Values: ${values}` : "No value has changed yet.", { class: "values" }),
        this.history());
      if (focus) this.place.querySelector(".moves button:not(:disabled)")?.focus();
    }
  }

  // Keys, theme, help -----------------------------------------------------------------------------

  const help = document.getElementById("help");
  help.append(make("h3", "Keys"), make("p", "← → or k j: step back and forth. Home, End: first and " +
    "last. Space: play or pause. n: next context switch. g: the failing step. v: the other " +
    "variant. t: light or dark. ?: this help."),
    make("button", "close", { type: "button", click: () => { help.hidden = true; } }));

  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("racekit-theme", root.dataset.theme); } catch { /* not kept */ }
  }
  function other_variant() {
    const article = articles.get(at.scenario);
    const variants = article ? all(article, ".player").map((one) => one.dataset.variant) : [];
    if (variants.length < 2) return;
    at.step = 0;
    choose(article, variants[(variants.indexOf(at.variant) + 1) % variants.length]);
    note();
  }
  const keys = {
    ArrowRight: (one) => one.go(one.step + 1), j: (one) => one.go(one.step + 1),
    ArrowLeft: (one) => one.go(one.step - 1), k: (one) => one.go(one.step - 1),
    Home: (one) => one.go(0), End: (one) => one.go(one.rows.length),
    n: (one) => one.next_switch(), g: (one) => one.fail(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const in_field = event.target.closest("input, select, textarea, .wide, pre");
    if (event.key === "?") { help.hidden = !help.hidden; return; }
    if (event.key === "Escape") { help.hidden = true; return; }
    if (event.key === "t" && !in_field) { theme(); return; }
    const one = player();
    if (!one || (in_field && event.target.matches("input, select"))) return;
    if (event.key === "v") { other_variant(); return; }
    if (event.key === " ") {
      if (event.target.closest("button, summary, a")) return;
      event.preventDefault();
      toggle();
      return;
    }
    const move = keys[event.key];
    if (!move) return;
    event.preventDefault();
    stop();
    move(one);
  });

  try {
    const kept = localStorage.getItem("racekit-theme");
    if (kept) root.dataset.theme = kept;
  } catch { /* files may have no storage */ }
  document.getElementById("tools").append(
    make("button", "light or dark", { type: "button", click: theme }), " ",
    make("button", "keys (?)", { type: "button", click: () => { help.hidden = !help.hidden; } }));
  root.classList.add("js");
  const packed = ["graphs", "excerpts"].map((name) => document.getElementById(name).textContent);
  Promise.all(packed.map(unpack)).then((told) => { [graphs, excerpts] = told; },
    () => {}).then(() => {
    addEventListener("hashchange", show);
    addEventListener("resize", () => player()?.draw());
    show();
    root.dataset.ready = "";
  });
})();

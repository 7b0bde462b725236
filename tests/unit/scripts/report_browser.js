// SPDX-License-Identifier: MIT
// The page of racekit report in headless Chromium: keys, deep links, no console error, no outside
// request, contrast, phone width. usage: node report_browser.js PAGE CHROMIUM [SHOTS]
"use strict";
const assert = require("node:assert/strict");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [page_file, executablePath, shots] = process.argv.slice(2);
const url = pathToFileURL(page_file).href;
const wide = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

// Runs in the page: texts that are seen and have too little contrast with what is behind them.
function faint() {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (one) => {
    for (let place = one; place; place = place.parentElement) {
      const colour = numbers(getComputedStyle(place).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || one.closest("script, style, svg, .skip")) continue;
    if (!one.checkVisibility()) continue;
    const [a, b] = [light(numbers(getComputedStyle(one).color)), light(behind(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${one.tagName}.${one.className}: ` +
      texts.currentNode.data.trim().slice(0, 40));
  }
  return found;
}

// The page follows a link or the way back in an event of its own, after the click or goto has ended:
// looks again until the assertion holds.
async function soon(look) {
  for (const end = Date.now() + 15000; ; await new Promise((go) => setTimeout(go, 20))) {
    try {
      return await look();
    } catch (wrong) {
      if (Date.now() > end) throw wrong;
    }
  }
}

class Session {
  constructor(browser) { this.browser = browser; this.wrong = []; }
  async open(hash, options = {}) {
    const context = await this.browser.newContext({ viewport: wide, ...options });
    if (options.before) await context.addInitScript(options.before);
    const page = await context.newPage();
    page.on("console", (one) => {
      if (["error", "warning"].includes(one.type())) this.wrong.push(`console: ${one.text()}`);
    });
    page.on("pageerror", (one) => this.wrong.push(`error: ${one.message}`));
    page.on("request", (one) => {
      if (!one.url().startsWith(url) && !one.url().startsWith("data:"))
        this.wrong.push(`request: ${one.url()}`);
    });
    await page.goto(url + hash);
    if (options.javaScriptEnabled !== false)
      await page.waitForFunction(() => "ready" in document.documentElement.dataset);
    return page;
  }
}

const step = (page) => page.evaluate(() => {
  const rows = [...document.querySelectorAll("article.shown .player:not(.hidden) tbody tr")];
  return rows.findIndex((row) => row.classList.contains("now")) + 1;
});
const hash = (page) => page.evaluate(() => location.hash);
const say = (page) => page.locator("article.shown .player:not(.hidden) .say").textContent();

const tests = {
  async keys(session) {
    const page = await session.open("#s=lock/lost_update&v=racy");
    assert.equal(await step(page), 0);
    for (const [key, expected] of [["ArrowRight", 1], ["j", 2], ["k", 1], ["ArrowLeft", 0],
      ["ArrowLeft", 0], ["End", 5], ["ArrowRight", 5], ["Home", 0], ["g", 3], ["Home", 0],
      ["n", 2]]) {
      await page.keyboard.press(key);
      assert.equal(await step(page), expected, `after ${key}`);
    }
    await page.keyboard.press("v");
    assert.match(await hash(page), /v=fixed/);
    await page.keyboard.press("?");
    assert.ok(await page.locator("#help").isVisible());
    await page.keyboard.press("Escape");
    assert.ok(!(await page.locator("#help").isVisible()));
  },
  async play(session) {
    const page = await session.open("#s=lock/lost_update&v=racy");
    await page.locator(".player:not(.hidden) select").selectOption({ label: "fast" });
    await page.locator("h2:visible").click();
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelector("article.shown .player tbody tr:last-child")
      .classList.contains("now"), null, { timeout: 15000 });
    await page.waitForFunction(() => document.querySelector("article.shown .player .controls")
      .textContent.includes("▷ play"), null, { timeout: 5000 });
  },
  async deep_links(session) {
    const page = await session.open("#s=lock/lost_update&v=racy&step=3");
    assert.equal(await step(page), 3);
    assert.match(await say(page), /Step 3\. Thread 1: balance write 10\..*No happens-before/);
    await page.keyboard.press("ArrowRight");
    assert.match(await hash(page), /step=4/);
    const seen = (place) => soon(async () => assert.ok(await page.locator(place).isVisible(), place));
    await page.locator("header nav a", { hasText: "Verdicts" }).click();
    await seen("#verdicts");
    await page.goBack();
    await soon(async () => assert.match(await hash(page), /step=4/));
    await soon(async () => assert.equal(await step(page), 4));
    await page.goto(`${url}#s=no/such&step=x`);
    await seen("#verdicts");
    await page.goto(`${url}#lock.lost_update`);
    await seen("article.shown h2");
    const far = await session.open("#s=lock/lost_update&v=racy&step=999");
    assert.equal(await step(far), 5);
  },
  async lanes_and_line(session) {
    const page = await session.open("#s=lock/lost_update&v=fixed&step=2");
    const lanes = await page.locator(".player:not(.hidden) .lanes > div").allTextContents();
    assert.deepEqual(lanes, ["thread 0 ○ ready",
      "thread 1 ‖ blocked: waits for gate, held by thread 0"]);
    const racy = await session.open("#s=lock/lost_update&v=racy&step=2");
    assert.equal(await racy.locator(".order-line").count(), 0);
    await racy.keyboard.press("ArrowRight");
    assert.equal(await racy.locator(".order-line line").count(), 1);
    assert.equal(await racy.locator(".order-line text").textContent(), "no happens-before");
    assert.equal(await racy.locator(".sources td.here").count(), 1);
    await racy.keyboard.press("End");
    const done = await racy.locator(".player:not(.hidden) .lanes > div").allTextContents();
    assert.deepEqual(done, ["thread 0 ▶ runs", "thread 1 ✓ done"]);
  },
  async arrows_of_order(session) {
    const page = await session.open("#s=lock/lost_update&v=fixed&step=4");
    assert.equal(await page.locator(".player:not(.hidden) .order-line").count(), 0);
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator(".player:not(.hidden) .order-line line.after").count(), 1);
    assert.match(await say(page), /After step 3: unlock → lock\./);
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator(".player:not(.hidden) .order-line").count(), 0);
  },
  async both_in_step(session) {
    const page = await session.open("#s=lock/lost_update&v=both&step=2");
    const now = () => page.evaluate(() => [...document.querySelectorAll("article.shown .player")]
      .map((one) => [...one.querySelectorAll("tbody tr")]
        .findIndex((row) => row.classList.contains("now")) + 1));
    assert.deepEqual(await now(), [2, 2]);
    assert.equal(await page.locator("article.shown .player:visible").count(), 2);
    assert.equal(await page.locator("article.shown .sources td.here").count(), 2);
    await page.keyboard.press("ArrowRight");
    assert.deepEqual(await now(), [3, 3]);
    assert.match(await hash(page), /v=both&step=3/);
    await page.keyboard.press("End");
    assert.deepEqual(await now(), [5, 6]);
    await page.getByText("fixed variant", { exact: true }).first().click();
    assert.equal(await page.locator("article.shown .player:visible").count(), 1);
    assert.equal(await page.locator("article.shown .sources td.here").count(), 0);
    await page.locator("article.shown .variants button", { hasText: "both, in step" }).click();
    assert.deepEqual(await now(), [0, 0]);
    const none = await session.open("#s=queue/torn_item&v=both&step=2");
    assert.equal(await none.locator("article.shown .player").count(), 0);
    assert.ok(await none.locator("article.shown h2").isVisible());
  },
  async lines_of_other_files(session) {
    const page = await session.open("#s=lock/lost_update&v=racy&step=4");
    const lines = page.locator(".player:not(.hidden) .elsewhere");
    assert.match(await lines.textContent(), /^mutex\.hpp\n +19 .*\n +20 .*\n +21 /);
    await page.keyboard.press("End");
    assert.ok(!(await lines.isVisible()));
  },
  async a_browser_that_cannot_unpack(session) {
    const page = await session.open("#s=lock/lost_update&v=racy&step=3",
      { before: () => { delete window.DecompressionStream; } });
    assert.equal(await step(page), 3);
    assert.match(await page.locator("article.shown .scheduler").textContent(), /cannot unpack/);
  },
  async drawn_lanes(session) {
    const page = await session.open("#s=lock/lost_update&v=racy");
    const drawn = page.locator(".player:not(.hidden) .lanes-drawn");
    assert.ok(!(await drawn.locator(".at").isVisible()));
    await page.keyboard.press("ArrowRight");
    // The first step is the first four characters of thread 0, the third the last four of thread 1.
    const box = (place) => place.evaluate((one) => {
      const { left, right } = one.getBoundingClientRect();
      return [left, right];
    });
    const near = (one, other) => assert.ok(Math.abs(one - other) < 2, `${one} and ${other}`);
    const [left, right] = await box(drawn.locator(".at"));
    const first = await box(drawn.locator("i.r").nth(0));
    near(left, first[0]);
    near(right, first[1]);
    await page.keyboard.press("g");
    const runs = await box(drawn.locator("i.r").nth(2));
    near((await box(drawn.locator(".at")))[1], runs[1]);
    const begin = (await box(drawn))[0];
    await drawn.click({ position: { x: right - 4 - begin, y: 10 } });
    assert.equal(await step(page), 1);
    await drawn.click({ position: { x: runs[1] - 4 - begin, y: 10 } });
    assert.equal(await step(page), 3);
  },
  async scheduler(session) {
    const page = await session.open("#s=lock/lost_update&v=racy");
    const game = page.locator("article.shown .scheduler");
    const move = (thread) => game.locator(`fieldset >> nth=${thread}`).locator("button").first()
      .click();
    for (const thread of [0, 0, 1, 1]) await move(thread);
    assert.match(await game.locator(".result").textContent(), /every check holds/);
    await game.getByText("restart").click();
    for (const thread of [0, 1, 0, 1]) await move(thread);
    assert.match(await game.locator(".result").textContent(),
      /You broke it in 4 steps: failed check: expected 20, got 10\. No break is shorter\./);
    assert.match(await hash(page), /play=/);
    const again = await session.open(await hash(page));
    assert.match(await again.locator("article.shown .scheduler .result").textContent(),
      /You broke it in 4 steps/);
    await game.getByText("undo").click();
    assert.equal(await game.locator(".history li").count(), 3);
    await game.getByText("show the shortest break").click();
    assert.match(await game.locator(".result").textContent(), /You broke it/);
    await game.getByText("fixed variant").click();
    assert.match(await game.locator(".result").textContent(), /No choice breaks this variant/);
  },
  async weak_reads(session) {
    const page = await session.open("#s=queue/torn_item&v=racy");
    const game = page.locator("article.shown .scheduler");
    const moves = (thread) => game.locator(`fieldset >> nth=${thread}`).locator("button");
    await moves(0).first().click();
    assert.deepEqual(await moves(1).allTextContents(), ["ready load → 1 relaxed",
      "ready load → 0 relaxed (stale: 1 is newest)"]);
    await moves(1).nth(1).click();
    assert.match(await game.locator(".result").textContent(), /You broke it in 2 steps/);
    await game.getByText("undo").click();
    await moves(1).nth(0).click();
    assert.match(await game.locator(".result").textContent(), /every check holds/);
  },
  async contrast(session) {
    for (const colorScheme of ["light", "dark"]) {
      for (const place of ["#lessons", "#verdicts", "#timelines",
        "#s=lock/lost_update&v=racy&step=3", "#s=lock/lost_update&v=fixed&step=5",
        "#s=lock/lost_update&v=both&step=2"]) {
        const page = await session.open(place, { colorScheme });
        assert.deepEqual(await page.evaluate(faint), [], `${colorScheme} ${place}`);
      }
    }
    const page = await session.open("#lessons", { colorScheme: "light" });
    const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await back();
    await page.keyboard.press("t");
    assert.notEqual(await back(), before);
    assert.deepEqual(await page.evaluate(faint), []);
  },
  async phone_width(session) {
    for (const place of ["#lessons", "#verdicts", "#timelines",
      "#s=lock/lost_update&v=racy&step=3", "#s=lock/lost_update&v=both&step=3"]) {
      const page = await session.open(place, { viewport: phone });
      const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(widths[0] <= widths[1], `${place}: ${widths}`);
    }
  },
  async without_script(session) {
    const page = await session.open("", { javaScriptEnabled: false });
    for (const text of ["The learning path", "Two tellers add a deposit", "failed check"])
      assert.ok(await page.getByText(text).first().isVisible(), text);
    assert.ok(await page.locator("table.trace").first().isVisible());
  },
  async names(session) {
    const page = await session.open("#s=lock/lost_update&v=racy&step=1");
    const nameless = await page.evaluate(() => [...document.querySelectorAll(
      "button, input, select, a")].filter((one) => !(one.getAttribute("aria-label") ||
      one.textContent.trim())).map((one) => one.outerHTML));
    assert.deepEqual(nameless, []);
    assert.equal(await page.locator(".say[aria-live=polite]").count() > 0, true);
  },

  async verdicts_on_a_phone(session) {
    const page = await session.open("#verdicts", { viewport: phone });
    const outside = await page.evaluate(() => [...document.querySelectorAll(".overview td")]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth)
      .map((one) => one.textContent));
    assert.deepEqual(outside, []);
    const named = await page.evaluate(() => getComputedStyle(
      document.querySelector(".overview td[data-detector=model]"), "::before").content);
    assert.equal(named, '"model"');
  },
};

async function take_shots(session) {
  for (const [name, place, options] of [
    ["light", "#s=lock/lost_update&v=racy&step=3", { colorScheme: "light" }],
    ["dark", "#s=lock/lost_update&v=racy&step=3", { colorScheme: "dark" }],
    ["timelines", "#timelines", { colorScheme: "dark" }],
    ["plots", "#plots", { colorScheme: "dark" }],
    ["verdicts_phone", "#verdicts", { viewport: phone }],
    ["phone", "#s=lock/lost_update&v=racy&step=3", { viewport: phone }]]) {
    const page = await session.open(place, options);
    await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
  }
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    const session = new Session(browser);
    try {
      await test(session);
      assert.deepEqual(session.wrong, []);
      console.log(`ok ${name}`);
    } catch (wrong) {
      failed += 1;
      console.log(`FAILED ${name}: ${wrong.message}`);
    }
  }
  if (shots) await take_shots(new Session(browser));
  await browser.close();
  process.exit(failed ? 1 : 0);
})();

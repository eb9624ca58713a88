// The browser's part of test_dashboard. It says `need WORD` when something is
// to happen to the service, and goes on when stdin says that it did.

import {chromium} from "playwright-core";
import {createInterface} from "node:readline";
import {join} from "node:path";

const told = JSON.parse(process.argv[2]);
const answers = createInterface({input: process.stdin})[Symbol.asyncIterator]();

async function need(word) {
  console.log(`need ${word}`);
  return (await answers.next()).value.replace(/^done ?/, "");
}

let checks = 0;
function check(holds, what) {
  checks++;
  if (!holds) throw new Error(what);
}

const browser = await chromium.launch({
  executablePath: told.browser,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** A page whose every complaint and foreign request is a failure. */
async function open(options, url = told.url) {
  const context = await browser.newContext({deviceScaleFactor: 1, locale: "en-GB", timezoneId: "UTC", ...options});
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", e => page.complaints.push(e.message));
  page.on("console", m => {
    if (m.type() === "error" && !page.away) page.complaints.push(m.text());
  });
  page.on("dialog", d => { page.complaints.push(`dialog: ${d.message()}`); d.dismiss(); });
  page.on("request", r => {
    if (!r.url().startsWith(url) && !r.url().startsWith("data:")) page.complaints.push(`asks ${r.url()}`);
  });
  await page.goto(url);
  return page;
}

const text = (page, id) => page.locator(id).innerText();
function until(page, what, f, arg) {
  checks++;
  return page.waitForFunction(f, arg, {timeout: 40000}).catch(() => { throw new Error(`never came: ${what}`); });
}
const has = (page, id, words) => until(page, `"${words}" in ${id}`,
  ([where, wanted]) => document.querySelector(where).innerText.includes(wanted), [id, words])
  .catch(async e => { throw new Error(`${e.message}, which reads:\n${await text(page, id)}`); });
/** The answers that fill the page come one by one, in any order. */
const atLeast = (page, n, where) => until(page, `${n} of ${where}`,
  ([what, wanted]) => document.querySelectorAll(what).length >= wanted, [where, n]);
const shoot = (page, name, fullPage = true) => page.screenshot({path: join(told.images, `${name}.png`), fullPage});

try {
  // --- nothing yet -----------------------------------------------------------
  const page = await open({viewport: {width: 1280, height: 900}, colorScheme: "light"});
  await has(page, "#ready", "ready");
  await has(page, "#providers", "ollama");
  check(await page.locator("#simulated").isVisible(), "made-up answers are not labelled");
  await has(page, "#decisions", "Nothing was asked yet");
  await has(page, "#money", "Nothing was asked");
  await has(page, "#errors", "No error");
  await shoot(page, "dashboard-empty");

  // --- live ------------------------------------------------------------------
  await need("month");
  await need("questions");
  await has(page, "#decisions", "goes to ollama");
  await need("skill");
  await has(page, "#jobs", "code_review");
  await page.reload();
  await has(page, "#money-ranks", "claude");
  await atLeast(page, 61, "#money svg rect");
  await atLeast(page, 21, "#flow svg rect");
  await atLeast(page, 21, "#speed svg circle");
  await atLeast(page, 2, "#quota .limit");
  await has(page, "#quota", "of 60 used");
  await has(page, "#errors", "bad request");
  await page.mouse.move(0, 0);
  await shoot(page, "dashboard-light");

  // --- what others said stays text ------------------------------------------
  check(await page.locator("main img, main script, main b b").count() === 0, "foreign markup became elements");

  // --- a decision, the filter, keyboard only ----------------------------------
  await page.keyboard.press("/");
  await page.keyboard.type("claude");
  await until(page, "only claude's decisions", () => {
    const all = [...document.querySelectorAll("#decisions .decision")];
    return all.length > 0 && all.every(x => x.innerText.includes("claude"));
  });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await until(page, "an open decision", () => document.querySelector("#decisions details[open] table"));
  check(/req_[0-9A-Z]{26}/.test(await text(page, "#decisions details[open]")), "no request id in an open decision");
  // It stays open, and the focus stays, when the list is drawn again.
  const drawn = await page.evaluateHandle(() => document.querySelector("#decisions .decision"));
  await until(page, "the list is drawn again", x => !x.isConnected, drawn);
  check(await page.evaluate(() => document.activeElement?.closest("#decisions details[open]") !== null),
    "the focus is lost when the list is drawn again");
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  check(await page.locator("#keys").isVisible(), "? shows no help");
  await page.keyboard.press("Escape");
  check(!(await page.locator("#keys").isVisible()), "Escape leaves the help open");

  // --- the plots' choices ------------------------------------------------------
  for (const name of ["Saved", "Calls", "Tokens", "Model", "Skill", "Task", "7 d", "90 d", "30 d", "Provider", "Spent"]) {
    await page.getByRole("button", {name, exact: true}).click();
    check(await page.getByRole("button", {name, exact: true}).getAttribute("aria-pressed") === "true", `${name} is not chosen`);
  }
  await page.getByRole("button", {name: "Skill", exact: true}).click();
  await has(page, "#money-ranks", "skill consensus");
  await page.locator("#money svg g[data-tip]").nth(20).hover();
  check((await text(page, "#tip")).includes("$"), "no tip at a bar");
  await page.getByText("As a table").first().click();
  check(await page.locator("#money table tr").count() > 20, "no table of the plot");
  check(page.complaints.length === 0, page.complaints.join("; "));

  // --- dark by the system, then by the switch ----------------------------------
  const dark = await open({viewport: {width: 1280, height: 900}, colorScheme: "dark"});
  await has(dark, "#money-ranks", "claude");
  await has(dark, "#quota", "of 60 used");
  const background = p => p.evaluate(() => getComputedStyle(document.body).backgroundColor);
  check(await background(dark) !== await background(page), "dark looks like light");
  await shoot(dark, "dashboard-dark");
  await dark.keyboard.press("t");
  check(await background(dark) === await background(page), "the switch does not change the colours");
  await dark.reload();
  check(await background(dark) === await background(page), "the choice is forgotten");
  check(dark.complaints.length === 0, dark.complaints.join("; "));

  // --- a phone -------------------------------------------------------------------
  const phone = await open({viewport: {width: 390, height: 844}, colorScheme: "light", isMobile: true, hasTouch: true});
  await has(phone, "#money-ranks", "claude");
  await has(phone, "#quota", "of 60 used");
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth);
  check(wide <= 390, `the page is ${wide} wide on a phone of 390`);
  await shoot(phone, "dashboard-phone", false);
  check(phone.complaints.length === 0, phone.complaints.join("; "));

  // --- background jobs as trees, on a service whose providers take their time ----
  const slow = await need("slow");
  const work = await open({viewport: {width: 1280, height: 900}, colorScheme: "light"}, slow);
  await has(work, "#jobs", "No job yet");
  await need("jobs");
  await has(work, "#jobs-count", "1 running, 2 waiting");
  await has(work, "#jobs", "waits for 1 job");
  await has(work, "#jobs", "priority 8");
  check(/starts in 1 h 59 min|starts in 2 h/.test(await text(work, "#jobs")), "a job for later does not say when");
  await until(work, "a running job's steps below it", () => {
    const one = document.querySelector("#jobs .node:has(> [role=progressbar])");
    return one?.querySelectorAll(".tree .node").length >= 2 && one.innerText.includes("code_review");
  });
  const part = () => Number(document.querySelector("#jobs [role=progressbar]").getAttribute("aria-valuenow"));
  await until(work, "progress", () => Number(document.querySelector("#jobs [role=progressbar]")?.getAttribute("aria-valuenow")) > 0);
  const before = await work.evaluate(part);
  check(before > 0 && before < 100, `a progress of ${before} %`);
  await work.locator("section:has(> #jobs)").screenshot({path: join(told.images, "dashboard-jobs.png")});
  await until(work, "the end of the first and the turn of the second", () =>
    document.querySelectorAll("#jobs > .tree > .node > .row > .mark.good").length >= 2);
  await has(work, "#jobs-count", "1 waiting");
  await has(work, "#jobs", "the prompt asked for this failure");
  check(work.complaints.length === 0, work.complaints.join("; "));

  // --- away and back -----------------------------------------------------------
  page.away = true;
  await need("stop");
  await has(page, "#banner", "does not answer");
  await has(page, "#ready", "no connection");
  await need("start");
  await until(page, "the service is seen again", () => document.querySelector("#ready").innerText === "ready" && document.querySelector("#banner").hidden);
  check(page.complaints.length === 0, page.complaints.join("; "));
  console.log(`${checks} checks in Chromium ${browser.version()}`);
} catch (e) {
  console.log(e.stack ?? String(e));
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}

// node check.mjs BROWSER URL PAGE…: exits 1 and says why when a page is not for everybody.
import axe from "axe-core";
import { chromium } from "playwright-core";

const [executablePath, url, ...pages] = process.argv.slice(2);
const ways = [
  { name: "desk", viewport: { width: 1280, height: 800 } },
  { name: "phone", viewport: { width: 320, height: 640 } },
  { name: "phone with letters twice as large", viewport: { width: 320, height: 640 }, letters: "200%" },
];

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const faults = [];
let passed = 0, visits = 0;
for (const way of ways) {
  const context = await browser.newContext({ viewport: way.viewport, locale: "de-DE" });
  for (const name of pages) {
    const page = await context.newPage();
    const found = (what) => faults.push(`${name}, ${way.name}: ${what}`);
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) found(message.text());
    });
    await page.goto(`${url}/${name}`);
    visits += 1;
    await look(page, way, found);
    await page.close();
  }
  await context.close();
}
await browser.close();

console.log(`${pages.length} pages, ${visits} visits, ${passed} checks of axe passed, ${faults.length} faults`);
for (const fault of faults) console.error(fault);
process.exit(faults.length ? 1 : 0);

async function look(page, way, found) {
  if (way.letters) {
    // As a person sets it in the browser: through the debugger, which no policy hinders.
    await page.evaluate((size) => { document.documentElement.style.fontSize = size; }, way.letters);
  }
  await page.evaluate(axe.source);
  const read = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations", "incomplete"] }));
  passed += read.passes.length;
  for (const rule of [...read.violations, ...read.incomplete]) {
    found(`${rule.id}: ${rule.help} (${rule.nodes.map((node) => node.target.join(" ")).join(", ")})`);
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wider > 0) found(`${wider} px wider than the screen`);
  await walk(page, found);
}

// With the tabulator alone: what comes later on the page is reached later, and shows that it has the focus.
async function walk(page, found) {
  let above = -1, walked = 0;
  for (; walked < 200; walked += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body) return null;
      const style = getComputedStyle(one);
      const order = [...document.querySelectorAll("*")].indexOf(one);
      return { order, name: one.id || one.textContent.trim(), shown: style.outlineStyle !== "none" };
    });
    if (here === null || here.order < above) break;  // a date has several stops of its own
    if (!here.shown) found(`the focus on ${here.name} cannot be seen`);
    above = here.order;
  }
  const last = await page.evaluate(() => {
    const stops = [...document.querySelectorAll("a, button, input, textarea")];
    return [...document.querySelectorAll("*")].indexOf(stops.at(-1));
  });
  if (above < last) found("the tabulator does not come to the end");
}

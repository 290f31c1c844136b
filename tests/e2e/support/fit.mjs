// Checks that everything to read and to use is completely visible.

/** Elements to click, fill in or read that another element cuts off, or that extend out of their box. */
export const cutOff = (where) => where.evaluate((root) => [...root.querySelectorAll('a, button, input:not([type="hidden"]), select, summary, textarea, code')].filter((element) => {
  const { left, right, top, bottom, width } = element.getBoundingClientRect();
  if (width === 0) return false;
  for (let around = element.parentElement; root.contains(around); around = around.parentElement) {
    const box = around.getBoundingClientRect();
    const hides = getComputedStyle(around).overflow !== 'visible' || around.matches('.sallyport-codes');
    if (hides && (left < box.left || right > box.right || top < box.top || bottom > box.bottom)) return true;
  }
  return false;
}).map((element) => element.outerHTML));

/** Overlapping lines: texts of several lines whose lines are lower than their letters. */
export const overlapping = (where) => where.evaluate((root) => [...root.querySelectorAll('*')].filter((element) => {
  const { fontSize, lineHeight } = getComputedStyle(element);
  const text = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
  return text && element.getClientRects().length > 0 && parseFloat(lineHeight) < 1.05 * parseFloat(fontSize);
}).map((element) => element.outerHTML));

/** With text of twice the size, and nothing else enlarged, as browsers can do it (WCAG 1.4.4). */
export async function withLargeText(page, body) {
  await page.evaluate(() => {
    const sizes = [...document.querySelectorAll('body, body *')].map((element) => [element, 2 * parseFloat(getComputedStyle(element).fontSize)]);
    for (const [element, size] of sizes) element.style.setProperty('font-size', `${size}px`, 'important');
  });
  await body();
  await page.evaluate(() => document.querySelectorAll('body, body *').forEach((element) => element.style.removeProperty('font-size')));
}

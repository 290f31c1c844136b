import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules that a page, or the part in a locator, violates: the elements, by rule. */
export async function violations(where) {
  const page = where.page?.() ?? where;
  await page.evaluate(source);
  const root = where === page ? page.locator('html') : where;
  const found = await root.evaluate((element) => globalThis.axe.run(element, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }));
  return Object.fromEntries(found.violations.map(({ id, help, nodes }) => [id, `${help}: ${nodes.map(({ html }) => html).join(' ')}`]));
}

/** What `ours` violates and `theirs` does not. */
export function beyond(ours, theirs) {
  return Object.fromEntries(Object.entries(ours).filter(([id]) => !(id in theirs)));
}

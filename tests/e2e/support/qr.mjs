import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('jsqr/dist/jsQR.js'), 'utf8');

/** What a phone reads from the QR code in this locator's SVG. */
export async function scanned(svg) {
  await svg.page().evaluate(source);
  return svg.evaluate(async (element) => {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(element.outerHTML)}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 400 });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 400, 400);
    return globalThis.jsQR(context.getImageData(0, 0, 400, 400).data, 400, 400)?.data ?? null;
  });
}

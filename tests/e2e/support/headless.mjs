import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { site } from './site.mjs';

const folder = fileURLToPath(new URL('../../../examples/headless', import.meta.url));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Serves examples/headless/ on an origin of its own, like bin/demo. */
export async function serve(tries = 3) {
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn('php', ['-n', '-S', address, 'serve.php'], { cwd: folder, env: { ...process.env, SITE: site().url }, stdio: 'ignore' });
  process.on('exit', () => server.kill());
  for (let i = 0; i < 600 && server.exitCode === null; i++) {
    if (await fetch(`http://${address}/config.js`).then((answer) => answer.ok, () => false)) return { origin: `http://${address}`, stop: () => server.kill() };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.kill();
  assert.ok(tries > 1, 'the example is not served');
  return serve(tries - 1); // Another process took the port.
}

import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../../../bin/site', import.meta.url));
const KINDS = { site: [], network: ['--multisite'], shop: ['--plugin', fileURLToPath(new URL('../../fixtures/shop', import.meta.url))] };
const run = (...words) => execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 24 });

/** A temporary WordPress by bin/site. bin/test sets the WordPress and PHP version by the environment. */
class Site {
  #up = true;

  constructor(...more) {
    const { SALLYPORT_SITE_WORDPRESS: wordpress, SALLYPORT_SITE_PHP: php, SALLYPORT_SITE_EXTENSION: extension } = process.env;
    // PHP's own server may give all simultaneous requests of a browser to one worker, which answers them one after another.
    const server = php ? ['--php', php] : ['--server', 'fpm'];
    const options = [...more, ...(wordpress ? ['--wordpress', wordpress] : []), ...server, ...(extension ? ['--extension', extension] : [])];
    const { url, dir, user, password, mail_dir: mails } = JSON.parse(run('up', ...options).trim().split('\n').at(-1));
    Object.assign(this, { url, dir, user, password, mails });
    process.on('exit', () => this.down());
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  }

  /** The same data on the same port, but PHP does not load the extension. */
  loseExtension() {
    run('up', '--dir', this.dir, '--without-extension');
  }

  down() {
    if (this.#up) run('down', '--dir', this.dir);
    this.#up = false;
  }

  /** All mails that were sent, oldest first; a mail that is still being written has another name. */
  sent() {
    return readdirSync(this.mails).filter((name) => name.endsWith('.eml')).sort().map((name) => readFileSync(join(this.mails, name), 'utf8'));
  }

  /** Runs one of our commands. */
  wp(...words) {
    return run('wp', '--dir', this.dir, ...words).trim();
  }

  /** Runs one of the scripts beside this file inside the site; it prints JSON. */
  async php(script, ...words) {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const { stdout } = await promisify(execFile)(program, ['php', '--dir', this.dir, file, ...words]);
    return JSON.parse(stdout);
  }

  async post(route, body, token) {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`${this.url}/wp-json/${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST ${route}: ${answer.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }
}

const sites = {};
let kind = 'site';

/** The one site of this run; in a test of networks or of shops, its one network or shop. */
export const site = () => (sites[kind] ??= new Site(...KINDS[kind]));

/** Sets which of them the next test uses. */
export function isAbout(what) {
  kind = what;
}

export const down = () => Object.values(sites).forEach((one) => one.down());

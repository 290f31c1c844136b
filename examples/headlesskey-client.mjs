// A client of HeadlessKey, written only from its public documentation: its ten requests, one after the other.
// It runs against Sallyport with only the base URL changed.
//
//   node headlesskey-client.mjs https://example.com/wp-json/sallyport/v1
//
// The site must allow registration. The program asks for values that only a mail or another site contains; an empty line
// skips them. Plain Node, no dependency.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

export class HeadlessKey {
  constructor(base) {
    this.base = base.replace(/\/+$/, '');
  }

  login(username, password) { return this.post('/token', { username, password }); }
  validate(token) { return this.post('/token/validate', { token }); }
  refresh(token) { return this.post('/token/refresh', { token }); }
  revoke(token) { return this.post('/token/revoke', { token }); }
  register(username, email, password, name) { return this.post('/register', { username, email, password, name }); }
  profile(username, password) { return this.post('/login', { username, password }); }
  forgot(login, delivery) { return this.post('/forgot-password', { login, delivery }); }
  reset(login, password, token) { return this.post('/reset-password', { login, password, token }); }
  change(token, current_password, new_password) {
    return this.post('/change-password', { current_password, new_password }, { Authorization: `Bearer ${token}` });
  }
  exchange(site_key, token, signature) { return this.post('/sso/exchange', { site_key, token, signature }); }

  async post(path, fields, headers = {}) {
    print('>', `POST ${path}`, fields);
    const answer = await fetch(this.base + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(fields),
    });
    const body = await answer.json();
    print('<', answer.status, body);
    return body;
  }
}

// Do not print the signature of a token.
function print(sign, what, body) {
  console.log(sign, what, JSON.stringify(body).replace(/(eyJ[\w-]+\.[\w-]{8})[\w.-]+/g, '$1...'));
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export async function ask(what) {
  console.log('?', what);
  return (await lines.next()).value ?? '';
}

async function story(site) {
  const username = `johndoe${randomBytes(4).toString('hex')}`;
  const email = `${username}@example.com`;
  const password = 'a-secure-password';

  await site.register(username, email, password, 'John Doe');

  let { token } = await site.login(username, password);
  await site.validate(token);
  ({ token } = await site.refresh(token));
  await site.revoke(token);

  ({ token } = await site.profile(username, password));
  await site.change(token, password, 'a-new-secure-password');

  await site.forgot(email, 'link');
  const key = await ask(`the key in the mail to ${email}`);
  await site.reset(email, 'another-secure-password', key || 'generated-reset-key');

  const [site_key, remote, signature] = (await ask('site_key, token and signature, from another site that is connected')).split(' ');
  await site.exchange(site_key || 'remote-site-id', remote || 'remote-jwt-token', signature || 'hmac-sha256-signature');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!process.argv[2]) {
    console.error('usage: node headlesskey-client.mjs BASE-URL');
    process.exit(2);
  }
  await story(new HeadlessKey(process.argv[2]));
  process.exit(0);
}

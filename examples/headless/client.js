// Signing in to a WordPress with Sallyport from a page of another origin. No framework, nothing to build.
//
// The access token is kept only in memory, and is valid for a quarter of an hour. The refresh token survives a reload, in a
// cookie that no script can read (the setting `refresh_cookie`); the site lists this page's origin (the setting `cors`).

/** A refusal of the site. `code` is stable: program against it. */
export class Refused extends Error {
  constructor(status, { code = 'unknown', message = `The site answered ${status}.`, data = {} } = {}) {
    super(message);
    Object.assign(this, { status, code, data });
  }
}

const DEVICE = 'device'; // A known device does not wait because of strangers' guesses. It signs nobody in.

export class Client {
  #token = null;
  #challenge = null;
  #api;

  constructor(site) {
    this.#api = `${site.replace(/\/$/, '')}/wp-json`;
  }

  /** @returns {Promise<null | {factors: string[], preferred: string}>} Null: signed in. Otherwise the factors that can give the code. */
  async signIn(username, password) {
    try {
      this.#keep(await this.#post('/token', { username, password, ...thisDevice() }));
      return null;
    } catch (refused) {
      if (refused.code !== 'sallyport_second_factor_required') throw refused;
      this.#challenge = refused.data.challenge;
      return refused.data;
    }
  }

  /** The second step. Throws if the code is wrong; `data.attempts_left` says how many attempts are left. */
  async verify(code, factor) {
    this.#keep(await this.#post('/challenge/verify', { challenge: this.#challenge, code, ...thisDevice(), ...(factor && { factor }) }));
    this.#challenge = null;
  }

  /** Mails a code, for users who have codes by e-mail: @returns {Promise<{resend_after: number}>} */
  sendMail() {
    return this.#post('/challenge/send', { challenge: this.#challenge, factor: 'email' });
  }

  /** After a reload: @returns {Promise<boolean>} whether the cookie of an earlier sign-in is still valid. */
  async restore() {
    try {
      await this.#refresh();
      return true;
    } catch (refused) {
      if (refused instanceof Refused && refused.status < 500) return false;
      throw refused;
    }
  }

  /** Calls any route of the site's REST API as the signed-in user. An expired token is replaced, once. */
  async get(path, options = {}) {
    const ask = () => this.#send(path, { ...options, headers: { Authorization: `Bearer ${this.#token}`, ...options.headers } });
    try {
      return await ask();
    } catch (refused) {
      if (refused.code !== 'sallyport_token_invalid') throw refused;
      await this.#refresh();
      return ask();
    }
  }

  me() {
    return this.get('/wp/v2/users/me');
  }

  /** Where the user is signed in: one entry for each sign-in, this one marked `current`. */
  devices() {
    return this.get('/sallyport/v1/tokens');
  }

  end(id) {
    return this.get(`/sallyport/v1/tokens/${id}`, { method: 'DELETE' });
  }

  async signOut() {
    await this.#post('/token/revoke', { token: this.#token }).catch((refused) => {
      if (!(refused instanceof Refused) || refused.status >= 500) throw refused; // the cookie is still there, and valid
    });
    this.#token = null;
  }

  /** A refresh token works once, so one tab refreshes for all. A page that is reloaded meanwhile asks again, for which it needs the device. */
  #refresh() {
    return navigator.locks.request('refresh', async () => this.#keep(await this.#rotate()));
  }

  /** A lost answer is given again, for ten seconds. A later repetition would end the sign-in. */
  async #rotate() {
    const ask = () => this.#post('/token/refresh', thisDevice(), { signal: AbortSignal.timeout(4000) });
    return ask().catch((lost) => {
      if (lost instanceof Refused) throw lost;
      return ask();
    });
  }

  #keep({ token, device }) {
    this.#token = token;
    if (device) localStorage.setItem(DEVICE, device);
  }

  /** Only requests that sign in, refresh or sign out contain the cookie. */
  #post(path, body, options = {}) {
    return this.#send(`/sallyport/v1${path}`, {
      ...options,
      method: 'POST',
      credentials: 'include',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async #send(path, options) {
    const answer = await fetch(this.#api + path, { credentials: 'omit', ...options });
    const body = await answer.json().catch(() => undefined);
    if (!answer.ok) throw new Refused(answer.status, body);
    return body;
  }
}

function thisDevice() {
  const device = localStorage.getItem(DEVICE);
  return { device_name: nameOfThisBrowser(), ...(device && { device }) };
}

function nameOfThisBrowser() {
  const said = navigator.userAgent;
  const find = (...names) => names.find((name) => said.includes(name)) ?? '';
  const browser = find('Edg', 'Firefox', 'Chrome', 'Safari').replace('Edg', 'Edge');
  const system = find('iPhone', 'iPad', 'Android', 'Windows', 'Mac', 'Linux');
  return [browser, system].filter(Boolean).join(' on ') || 'A browser';
}

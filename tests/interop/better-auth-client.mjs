import { createAuthClient } from 'better-auth/client';
import { twoFactorClient, usernameClient } from 'better-auth/client/plugins';

/** better-auth's client for a WordPress site; its tokens are kept in memory. `more` goes into its fetchOptions. */
export function wordpressClient(site, onTwoFactorRedirect, more = {}) {
  const baseURL = `${site}/wp-json/sallyport/v1`;
  let token = '';
  let refresh = '';
  let until = Infinity; // when the token is to be renewed
  let challenge = ''; // of a sign-in that waits for its code; a browser has it in a cookie, too
  let device = ''; // the secret of a trusted one; the same
  const forget = () => ([token, refresh, until, challenge] = ['', '', Infinity, '']);
  const keep = ({ token: next, refresh_token: successor, expires_in: seconds }) => {
    [token, challenge] = [next, ''];
    if (successor) refresh = successor;
    if (seconds) until = Date.now() + (seconds - 30) * 1000;
  };
  const renew = async () => {
    until = Infinity; // once, however many requests wait for it
    const answer = await fetch(`${baseURL}/token/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(device && { 'x-sallyport-device': device }) },
      body: JSON.stringify({ refresh_token: refresh }),
    });
    answer.ok ? keep(await answer.json()) : forget();
  };

  return createAuthClient({
    baseURL,
    plugins: [usernameClient(), twoFactorClient({ onTwoFactorRedirect })],
    fetchOptions: {
      ...more,
      auth: {
        type: 'Bearer',
        token: async () => {
          if (refresh && Date.now() > until) await renew();
          return token;
        },
      },
      onRequest({ url, headers }) {
        const { pathname } = new URL(url);
        if (pathname.includes('/sign-in/')) headers.delete('authorization'); // who signs in is nobody yet
        if (pathname.includes('/sign-in/') && device) headers.set('x-sallyport-device', device);
        if (pathname.includes('/two-factor/') && challenge) headers.set('x-sallyport-challenge', challenge);
      },
      onSuccess({ data, response }) {
        if (data?.twoFactorRedirect || response.url.endsWith('/sign-out')) forget();
        if (data?.twoFactorRedirect) challenge = response.headers.get('x-sallyport-challenge');
        device = response.headers.get('x-sallyport-device') ?? device;
        if (response.headers.has('set-auth-token')) keep(data);
      },
      onError({ error }) {
        if (/^sallyport_token_|^INVALID_TWO_FACTOR_COOKIE$|^TOO_MANY_ATTEMPTS/.test(error.code)) forget();
      },
    },
  });
}

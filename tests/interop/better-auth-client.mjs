import { createAuthClient } from 'better-auth/client';
import { twoFactorClient, usernameClient } from 'better-auth/client/plugins';

/** better-auth's client for a WordPress site; its tokens are kept in memory. `refreshCookie`: the site has that setting. `more` goes into its fetchOptions. */
export function wordpressClient(site, onTwoFactorRedirect, { refreshCookie = false, ...more } = {}) {
  const baseURL = `${site}/wp-json/sallyport/v1`;
  let token = '';
  let refresh = '';
  let until = refreshCookie ? 0 : Infinity; // when to renew the token; a newly loaded page has only the cookie
  let challenge = ''; // of a sign-in that waits for its code; a browser has it in a cookie, too
  let enrolment = ''; // instead of a token, for users who must set up a second factor first
  let device = ''; // the secret of a trusted device; a browser also has it in a cookie
  const forget = () => ([token, refresh, until, challenge, enrolment] = ['', '', Infinity, '', '']);
  const keep = ({ token: next, refresh_token: successor, expires_in: seconds }) => {
    [token, challenge, enrolment] = [next, '', ''];
    if (successor) refresh = successor;
    if (seconds) until = Date.now() + (seconds - 30) * 1000;
  };
  const rotate = () =>
    (more.customFetchImpl ?? fetch)(`${baseURL}/token/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(device && { 'x-sallyport-device': device }) },
      body: JSON.stringify(refreshCookie ? {} : { refresh_token: refresh }),
      credentials: refreshCookie ? 'include' : 'omit',
      signal: AbortSignal.timeout?.(4000),
    });
  let renewal; // one renewal for all waiting requests
  const renew = async () => {
    const answer = await rotate().catch(rotate); // a lost answer is given again, for ten seconds
    if (answer.ok) keep(await answer.json());
    else if (answer.status < 500) forget();
  };

  return createAuthClient({
    baseURL,
    plugins: [usernameClient(), twoFactorClient({ onTwoFactorRedirect })],
    fetchOptions: {
      ...more,
      auth: {
        type: 'Bearer',
        token: async () => {
          if (Date.now() > until) await (renewal ??= renew().catch(() => {}).finally(() => (renewal = undefined)));
          return token;
        },
      },
      onRequest(request) {
        const { headers } = request;
        const { pathname } = new URL(request.url);
        request.held = token;
        if (pathname.endsWith('/sign-out') && !token && Date.now() > until) throw new Error('The site cannot be reached.'); // the cookie is still there, and valid
        if (pathname.includes('/sign-in/')) headers.delete('authorization'); // a sign-in is made without a token
        if (pathname.includes('/sign-in/') && device) headers.set('x-sallyport-device', device);
        if (pathname.includes('/two-factor/') && challenge) headers.set('x-sallyport-challenge', challenge);
        if (pathname.includes('/two-factor/') && enrolment) headers.set('authorization', `Bearer ${enrolment}`);
      },
      onSuccess({ data, response }) {
        if (data?.twoFactorRedirect || response.url.endsWith('/sign-out')) forget();
        if (data?.twoFactorRedirect) challenge = response.headers.get('x-sallyport-challenge');
        device = response.headers.get('x-sallyport-device') ?? device;
        if (response.headers.has('set-auth-token')) keep(data);
      },
      onError({ error, request }) {
        if (request.held !== token) return; // it was sent with an older token, for example by a double click
        if (error.code === 'sallyport_token_invalid' && !enrolment) until = 0; // it has expired: the next request renews it, or nobody is signed in
        else if (/^sallyport_token_|^INVALID_TWO_FACTOR_COOKIE$|^TOO_MANY_ATTEMPTS/.test(error.code)) forget();
        if (error.data?.enrolment_token) {
          forget();
          enrolment = error.data.enrolment_token;
        }
      },
    },
  });
}

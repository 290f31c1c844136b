// A front end in TypeScript, which is never run: docs/openapi.json is precise enough to write it without a cast. types.test.mjs compiles it.
import createClient from 'openapi-fetch';
import { createLocalJWKSet } from 'jose';
import type { paths } from './schema.js';
import type { Refusal } from './codes.js';

type Tokens = paths['/token']['post']['responses'][200]['content']['application/json'];

const base = 'https://example.com/wp-json/sallyport/v1';
const anybody = createClient<paths>({ baseUrl: base });
const bearing = (token: string) => createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${token}` } });

/** What the front end shows. */
const says = (refusal: Refusal): string =>
  refusal.code === 'sallyport_locked' || refusal.code === 'sallyport_throttled' ? `${refusal.message} (${refusal.data.retry_after} s)` : refusal.message;

export async function signIn(username: string, password: string, ask: (factors: string[], hint?: string) => Promise<string>): Promise<Tokens> {
  const { data, error } = await anybody.POST('/token', { body: { username, password } });
  if (data) return data;
  if (error.code !== 'sallyport_second_factor_required') throw new Error(says(error));
  const { challenge, factors, preferred, email_hint: hint } = error.data;
  if (preferred === 'email') {
    const sent = await anybody.POST('/challenge/send', { body: { challenge, factor: preferred } });
    if (sent.error) throw new Error(says(sent.error));
  }
  const proven = await anybody.POST('/token', { body: { challenge, code: await ask(factors, hint), trust_device: true } });
  if (proven.data) return proven.data;
  if (proven.error.code === 'sallyport_invalid_code' && proven.error.data.attempts_left === 0) throw new Error('the password once more');
  throw new Error(says(proven.error));
}

/** Completes the challenge of another plugin's login: its answer, and the secret of a trusted device. */
export async function complete(challenge: string, code: string): Promise<[unknown, string | null]> {
  const { data, error, response } = await anybody.POST('/challenge/verify', { body: { challenge, code } });
  if (error) throw new Error(says(error));
  return [data, response.headers.get('X-Sallyport-Device')];
}

export async function enrol(token: string, password: string, show: (uri: string, codes: string[]) => Promise<string>): Promise<string> {
  const begun = await bearing(token).POST('/two-factor/enable', { body: { password } });
  if (begun.error) throw new Error(begun.error.code === 'sallyport_step_up_required' ? `a code of the last ${begun.error.data.max_age} s` : says(begun.error));
  if (begun.data.method !== 'totp') throw new Error('it was not asked to mail codes');
  const proven = await bearing(token).POST('/two-factor/verify-totp', { body: { code: await show(begun.data.totpURI, begun.data.backupCodes) } });
  if (proven.error) throw new Error(says(proven.error));
  return proven.data.token;
}

export async function tidyUp(token: string): Promise<void> {
  const client = bearing(token);
  const { data } = await client.GET('/two-factor');
  for (const { id, left } of data?.factors ?? []) {
    if (left === 0) await client.DELETE('/two-factor/factors/{id}', { params: { path: { id } } });
  }
  for (const { id } of data?.devices.filter((device) => device.trusted && !device.this) ?? []) {
    await client.DELETE('/two-factor/devices/{id}', { params: { path: { id } } });
  }
  for (const { id, current } of (await client.GET('/tokens')).data ?? []) {
    if (!current) await client.DELETE('/tokens/{id}', { params: { path: { id } } });
  }
}

export async function verifier() {
  const { data, error } = await anybody.GET('/jwks');
  if (error) throw new Error(says(error));
  return createLocalJWKSet(data);
}

export async function betterAuth(email: string, password: string): Promise<string | null> {
  const { data } = await anybody.POST('/sign-in/email', { body: { email, password } });
  return data && 'token' in data ? data.user.name : null;
}

export async function laravelDevices(token: string, code: string): Promise<string> {
  const { data, error } = await bearing(token).POST('/2fa/verify', { body: { code } });
  if (data) return data.message;
  return error.code === 'sallyport_too_many_attempts' ? `${error.message} ${error.retry_after}` : error.message;
}

export async function demandOfAll(token: string): Promise<void> {
  const { data } = await bearing(token).GET('/policy');
  if (data) await bearing(token).PUT('/policy', { body: { site: { ...data.site, default: 'required' }, network: data.network } });
}

// The same client, for a user who has a second factor: three more lines.
//
//   node headlesskey-second-factor.mjs https://example.com/wp-json/sallyport/v1 ada 'her password'
import { HeadlessKey, ask } from './headlesskey-client.mjs';

const [base, username, password] = process.argv.slice(2);
if (!password) {
  console.error('usage: node headlesskey-second-factor.mjs BASE-URL USERNAME PASSWORD');
  process.exit(2);
}
const site = new HeadlessKey(base);

let answer = await site.login(username, password);
while (answer.data?.challenge) {
  answer = await site.post('/token', { challenge: answer.data.challenge, code: await ask(`your code (${answer.data.factors ?? 'again'})`) });
}

await site.validate(answer.token);
process.exit(0);

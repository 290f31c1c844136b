// The page: three views, and the steps between them.
import { Client, Refused } from './client.js';
import { site } from './config.js';

const client = new Client(site);
const $ = (selector) => document.querySelector(selector);

/** Shows one view, and moves the focus for users of screen readers. */
function show(name) {
  for (const view of document.querySelectorAll('main > section')) view.hidden = view.id !== name;
  tell('');
  ($(`#${name} [autofocus]`) ?? $(`#${name} h1`)).focus();
}

/** Shows an error where screen readers announce it. */
function tell(text) {
  $('#problem').textContent = text;
  $('#problem').hidden = text === '';
}

/** Runs the action of a form or button, one at a time, and shows why the site refused. */
function on(selector, event, act) {
  $(selector).addEventListener(event, async (happened) => {
    happened.preventDefault();
    const buttons = document.querySelectorAll('button');
    buttons.forEach((button) => (button.disabled = true));
    tell('');
    try {
      await act(happened);
    } catch (refused) {
      if (!(refused instanceof Refused)) console.error(refused);
      if (refused.code?.startsWith('sallyport_token_') || refused.code === 'sallyport_refresh_reused') show('sign-in'); // signed out elsewhere
      tell(refused instanceof Refused ? inWords(refused) : 'The site cannot be reached.');
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
  });
}

function inWords({ code, message, data }) {
  if (code === 'sallyport_enrolment_required') return `${message} Sign in at ${site}/wp-login.php to set it up.`;
  const left = data.attempts_left > 0 ? ` Attempts left: ${data.attempts_left}.` : '';
  const wait = data.retry_after > 0 ? ` Try again in ${Math.ceil(data.retry_after / 60)} min.` : '';
  return message + left + wait;
}

async function showAccount() {
  const [me, devices] = await Promise.all([client.me(), client.devices()]);
  $('#name').textContent = me.name;
  $('#devices').replaceChildren(...devices.map((device) => {
    const item = $('#device').content.cloneNode(true);
    const name = device.device_name || 'Unknown device';
    item.querySelector('bdi').textContent = name; // textContent, not HTML: the client chose the name
    item.querySelector('time').textContent = new Date(device.last_used).toLocaleString();
    item.querySelector('time').dateTime = device.last_used;
    item.querySelector('.here').hidden = !device.current;
    const button = item.querySelector('button');
    button.hidden = device.current;
    button.dataset.id = device.id;
    button.setAttribute('aria-label', `Sign out ${name}`);
    return item;
  }));
  show('account');
}

let factor; // the factor of the code: `email` must be named, the others are recognised by their form
let others; // the other source of a code
function askForCode({ factors }) {
  const words = factors.filter((name) => name !== 'email').map((name) => (name === 'backup_code' ? 'one of your backup codes' : 'your authenticator app'));
  others = [...new Set(words)].join(', or ');
  $('#mail').hidden = !factors.includes('email');
  $('#other').textContent = `Use ${others}`;
  if (others) askForAnother();
  else askForMailed('Have one sent to your address first.');
  show('second-step');
}

function askForMailed(help) {
  factor = 'email';
  $('#code-help').textContent = help;
  $('#other').hidden = !others;
}

/** For a user who requested a mail and then uses the phone: otherwise that code would count as a wrong mailed code. */
function askForAnother() {
  factor = undefined;
  $('#code-help').textContent = `From ${others}.`;
  $('#other').hidden = true;
}

on('#sign-in form', 'submit', async ({ target }) => {
  const { username, password } = Object.fromEntries(new FormData(target));
  const demand = await client.signIn(username, password);
  target.reset();
  await (demand ? askForCode(demand) : showAccount());
});

on('#second-step form', 'submit', async ({ target }) => {
  const code = new FormData(target).get('code');
  target.reset();
  try {
    await client.verify(code, factor);
  } catch (refused) {
    // The challenge has ended: ask for the password again.
    if (refused.code === 'sallyport_challenge_gone' || refused.data?.attempts_left === 0) show('sign-in');
    else $('#code').focus();
    throw refused;
  }
  await showAccount();
});

on('#mail', 'click', async () => {
  await client.sendMail();
  askForMailed('The 8-digit code from the mail that was just sent.');
  $('#code').focus();
});

on('#other', 'click', () => {
  askForAnother();
  $('#code').focus();
});

on('#again', 'click', () => show('sign-in'));

on('#devices', 'click', async ({ target }) => {
  if (!target.dataset.id) return;
  await client.end(target.dataset.id);
  await showAccount();
});

on('#sign-out', 'click', async () => {
  await client.signOut();
  show('sign-in');
});

const signedIn = await client.restore().catch(() => null);
await (signedIn ? showAccount() : show('sign-in'));
if (signedIn === null) tell('The site cannot be reached.');

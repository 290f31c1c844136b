// All of it on one site, but for a network's, in one browser, one test after the other; each file runs alone as well:
//
//     cd tests/e2e && npm ci && node --test run.mjs
//
// SHOTS=<folder> keeps a picture of every page of interest, to look at.
await import('./second-step.test.mjs');
await import('./accessibility.test.mjs');
await import('./interim-login.test.mjs');
await import('./double-click.test.mjs');
await import('./security.test.mjs');
await import('./login-pages.test.mjs');
await import('./mail.test.mjs');
await import('./headless.test.mjs');
await import('./refresh-cookie.test.mjs');
await import('./settings.test.mjs');
await import('./settings-policy.test.mjs');
await import('./webhooks.test.mjs');
await import('./sites.test.mjs');
await import('./network.test.mjs');
await import('./notice.test.mjs'); // last: it takes the extension away

// All of it on one site, but for a network's, in one browser, one test after the other; each file runs alone as well:
//
//     cd tests/e2e && npm ci && node --test run.mjs
//
// SHOTS=<folder> keeps a picture of every page of interest, to look at. SALLYPORT_BROWSER=core runs those alone that lean on what
// WordPress itself shows, SALLYPORT_BROWSER=ours the others.
const files = {
  core: ['second-step', 'interim-login', 'security', 'login-pages', 'settings', 'network', 'notice'], // The last one takes the extension away.
  ours: ['accessibility', 'double-click', 'mail', 'headless', 'refresh-cookie', 'settings-policy', 'webhooks', 'sites'],
};
for (const file of files[process.env.SALLYPORT_BROWSER] ?? [...files.ours, ...files.core]) await import(`./${file}.test.mjs`);

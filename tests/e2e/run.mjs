// All files on one site, except the network's, in one browser, one test after the other; each file can also run alone:
//
//     cd tests/e2e && npm ci && node --test run.mjs
//
// SHOTS=<folder> stores a picture of every interesting page. SALLYPORT_BROWSER=core runs only the tests that depend on what
// WordPress itself shows, SALLYPORT_BROWSER=ours the others.
const files = {
  core: ['second-step', 'interim-login', 'security', 'login-pages', 'settings', 'network', 'notice'], // The last one removes the extension.
  ours: ['accessibility', 'double-click', 'mail', 'headless', 'refresh-cookie', 'settings-policy', 'webhooks', 'sites'],
};
for (const file of files[process.env.SALLYPORT_BROWSER] ?? [...files.ours, ...files.core]) await import(`./${file}.test.mjs`);

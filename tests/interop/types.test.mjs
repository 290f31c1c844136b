// A program generated from docs/openapi.json: openapi-typescript's types, openapi-fetch's client, and tsc in its strictest mode.
//
//     cd tests/interop && npm ci && node --test types.test.mjs
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const docs = new URL('../../docs/', import.meta.url);
const folder = new URL('node_modules/.types/', import.meta.url); // client.ts finds openapi-fetch from here, and git ignores the folder

test('a client of the routes compiles without a cast', async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('schema.d.ts', folder), astToString(await openapiTS(new URL('openapi.json', docs))));
  copyFileSync(new URL('codes.d.ts', docs), new URL('codes.d.ts', folder));
  copyFileSync(new URL('client.ts', import.meta.url), new URL('client.ts', folder));
  const program = ts.createProgram([fileURLToPath(new URL('client.ts', folder))], {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: [],
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  });
  const said = ts.getPreEmitDiagnostics(program).map((it) => `${it.file?.fileName.split('/').pop()}: ${ts.flattenDiagnosticMessageText(it.messageText, '\n')}`);
  assert.deepEqual(said, []);
});

/** `npm run build`: writes dist/. It prints nothing but errors, because `npm ci` shows its output. */
import { writeFile } from 'node:fs/promises';

import { rolldown, type RolldownOutput } from 'rolldown';

import { configurations } from '../rolldown.config.js';
import { readPackages } from './bundled-packages.ts';
import { renderLicenses } from './third-party-licenses.ts';
import { createSbom } from './sbom.ts';

const outputs: RolldownOutput[] = [];
for (const { output, ...input } of configurations) {
  const bundle = await rolldown({
    ...input,
    logLevel: 'warn',
    checks: { bundlerTimings: false, ineffectiveDynamicImport: false },
  });
  outputs.push(await bundle.write(output));
  await bundle.close();
}
const chunks = outputs.flatMap(({ output }) => output.filter((file) => file.type === 'chunk'));
// Of a file of declarations, nothing but types is shipped, and they are this package's own.
const code = chunks.filter(({ fileName }) => !fileName.endsWith('.d.ts'));
const packages = readPackages(code.flatMap(({ moduleIds }) => moduleIds));
await writeFile('dist/THIRD-PARTY-LICENSES', renderLicenses(packages));
await writeFile('dist/sbom.cdx.json', `${JSON.stringify(createSbom(packages), undefined, 2)}\n`);

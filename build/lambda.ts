/** `npm run lambda`: bundles the AWS Lambda handler into one file, and zips it for upload. */
import { writeFile } from 'node:fs/promises';

import { zipSync } from 'fflate';
import { rolldown } from 'rolldown';

const [, , file = 'kraken-outages-lambda.zip'] = process.argv;
const bundle = await rolldown({
  input: 'src/lambda.ts',
  platform: 'node',
  // Of the AWS SDK's modules, only those that are used.
  resolve: { mainFields: ['module', 'main'] },
  // On Node 20 the SDK would print a page about the future of Node 20.
  transform: { define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' } },
  // cosmiconfig can load TypeScript configuration with it; ours is data.
  external: ['typescript'],
  logLevel: 'warn',
});
const { output } = await bundle.generate({ format: 'es', codeSplitting: false, minify: true, keepNames: true });
const [{ code }] = output;
// The same source makes the same file, whose hash tells whether to deploy it. Lambda's user must be able to read it.
const mtime = new Date(Number(process.env['SOURCE_DATE_EPOCH'] ?? Date.UTC(2000, 0) / 1000) * 1000);
const zip = zipSync({ 'index.mjs': [Buffer.from(code), { level: 9, mtime, os: 3, attrs: 0o100644 * 2 ** 16 }] });
await writeFile(file, zip);
process.stdout.write(`${file}: ${Math.ceil(zip.length / 1000)} kB\n`);

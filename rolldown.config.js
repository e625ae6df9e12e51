import 'ts-blank-space/register';

import { readFileSync } from 'node:fs';

import { defineConfig } from 'rolldown';

const { createJsonSchema } = await import('./src/config/json-schema.ts');
const { createProgram, loadCommands } = await import('./src/cli/command-tree.ts');
const commands = await loadCommands();
const { renderMan } = await import('./src/cli/help/man.ts');
const { VERSION } = await import('./src/platform/version.ts');

/** What the licence of D3's modules asks for: to go with every copy, as each report is one. */
const license = readFileSync(new URL('node_modules/d3-zoom/LICENSE', import.meta.url), 'utf8');

/** YYYY-MM-DD. Builds that are to be the same, byte by byte, say what time it is (reproducible-builds.org). */
function today() {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  const date = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000);
  return date.toISOString().slice(0, 10);
}

/** Ships a file that is made from the source. */
function asset(fileName, createText) {
  return {
    name: fileName,
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source: createText() });
    },
  };
}

export default defineConfig([
  /** What is shipped is bundled, as one file loads faster than the hundred it is made of. */
  {
    input: {
      main: 'src/main.ts',
      'platform/version': 'src/platform/version.ts',
      index: 'src/index.ts',
      // On its own, as it looks for its files from where it stands.
      'output/report/assets': 'src/output/report/assets.ts',
    },
    platform: 'node',
    // Modules first: of the AWS SDK's, only what is used is shipped, and loads in a quarter of the time.
    resolve: { mainFields: ['module', 'main'] },
    // On Node 20 the SDK would print a page about the future of Node 20.
    transform: { define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' } },
    // cosmiconfig can load TypeScript configuration with it; ours is data.
    external: ['typescript'],
    plugins: [
      asset('config.schema.json', () => `${JSON.stringify(createJsonSchema(), undefined, 2)}\n`),
      asset('man/kraken-outages.1', () => renderMan(createProgram(commands), VERSION, today())),
    ],
    output: {
      dir: 'dist',
      cleanDir: true,
      chunkFileNames: 'chunks/[name]-[hash].js',
      minify: 'dce-only',
      // A file costs a millisecond: what a run needs anyway is a few, each with all that it imports.
      codeSplitting: {
        groups: [
          {
            name: 'base',
            test: /src.(cli.(command-tree|command-line|parse)|commands.(command|flags)|domain.(errors|exit-code)|platform.(clock|create-environment|files|signals|streams)|api.http.create-fetch|util.(text|redact)|sandbox.(defaults|faults)|pipeline.run-deadline|output.(reporter|format-units|formats))\.ts$/,
          },
          { name: 'run', test: /src.(commands.(session|preview|fetch|submit)|output.json)\.ts$/ },
          { name: 'client', test: /src.api.client\.ts$/ },
          { name: 'ky', test: /node_modules.ky\b/ },
          { name: 'server', test: /src.sandbox.server\.ts$/ },
        ],
      },
    },
  },
  /** The script and the style sheet of the HTML report, which are put into it. */
  {
    input: 'src/output/report/page/main.ts',
    platform: 'browser',
    output: {
      file: 'dist/page/report.js',
      format: 'iife',
      minify: true,
      postBanner: `/*! With modules of D3.\n${license}*/`,
    },
    plugins: [asset('report.css', () => readFileSync('src/output/report/page/report.css', 'utf8'))],
  },
]);

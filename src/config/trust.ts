/**
 * A discovered project file may have come with a cloned repository. Until the user trusts it, it must not choose the API,
 * the key, the queue, or a profile of another file; its other settings are harmless.
 *
 * A trusted file is recorded by its path and the hash of its content, each in a small file: concurrent runs lose nothing.
 */
import { dirname, join } from 'node:path';

import { baseDirectory } from '../platform/base-directory.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError, messageOf } from '../domain/errors.ts';
import { canAsk, confirm } from '../platform/questions.ts';
import { sha256Of } from '../platform/sha256.ts';
import { visible } from '../util/text.ts';
import type { ConfigFile, DiscoveredFile } from './config-file.ts';
import { writePrivateFile } from './write-private-file.ts';
import { isReference } from './references.ts';
import { type CredentialName, isCredentialName } from './settings.ts';
import type { RawValue } from './raw-value.ts';

/** A key of a discovered file that needs trust. */
interface TrustClaim {
  readonly name: CredentialName | 'profile';
  readonly raw: RawValue;
}

/**
 * Asserts that none of the values comes from an untrusted file; at a terminal, asks whether to trust it.
 * @param values credentials in force, or the profile if it selects from another file
 * @throws {ConfigurationError}
 */
export async function assertTrusted(
  files: readonly ConfigFile[],
  values: readonly RawValue[],
  environment: Environment,
): Promise<void> {
  for (const file of files) {
    const { discovered } = file;
    const claim = claimsOf(file).find(({ raw }) => values.includes(raw));
    if (discovered && claim && !(await isTrusted(discovered, environment))) {
      await askForTrust(file, discovered, claim, environment);
    }
  }
}

async function askForTrust(
  file: ConfigFile,
  discovered: DiscoveredFile,
  claim: TrustClaim,
  environment: Environment,
): Promise<void> {
  if (canAsk(environment)) {
    const claims = describeClaims(file).map((line) => `  ${line}\n`);
    const question =
      `${visible(discovered.path)} is not trusted, and sets the API URL, key, queue or profile:\n` +
      `${claims.join('')}Trust this version of the file?`;
    if (await confirm(question, environment)) {
      await trust(discovered, environment);
      return;
    }
  }
  throw new ConfigurationError(`${describe(claim)}: untrusted configuration file: it sets ${SUBJECTS[claim.name]}`, {
    hint:
      'to trust the file, run: kraken-outages config trust, or name it with --config or KRAKEN_CONFIG; ' +
      `otherwise ${ALTERNATIVES[claim.name]}`,
  });
}

const SUBJECTS = {
  apiUrl: 'the API URL',
  apiKey: 'the API key',
  queue: 'the queue',
  profile: 'a profile of another file',
} as const;
const ALTERNATIVES = {
  apiUrl: 'set KRAKEN_API_URL',
  apiKey: 'set KRAKEN_API_KEY',
  queue: 'set KRAKEN_QUEUE',
  profile: 'set KRAKEN_PROFILE',
} as const;

/** Lists the settings of the file that need trust, such as `.kraken-outagesrc:1 (apiUrl) https://api.example.com`. */
export function describeClaims(file: ConfigFile): readonly string[] {
  return claimsOf(file).map(describe);
}

function describe({ name, raw: { text, source } }: TrustClaim): string {
  const plain = { apiUrl: describeUrl, apiKey: () => 'the key itself', queue: describeUrl, profile: visible }[name](
    text,
  );
  return `${source.label} ${isReference(text) ? visible(text) : plain}`;
}

function claimsOf({ values, profiles, profile }: ConfigFile): readonly TrustClaim[] {
  const credentials = [values, ...profiles.values()].flatMap((layer) =>
    [...layer].flatMap(([name, { items }]) => (isCredentialName(name) ? items.map((raw) => ({ name, raw })) : [])),
  );
  return profile ? [...credentials, { name: 'profile', raw: profile }] : credentials;
}

/** Returns only protocol and host, which determine who receives the key or the jobs. The rest may contain a secret. */
function describeUrl(text: string): string {
  if (!URL.canParse(text)) return 'no URL';
  const { protocol, host } = new URL(text);
  return visible(`${protocol}//${host}`);
}

/** Returns whether the file is trusted with this content. */
export async function isTrusted(
  discovered: DiscoveredFile,
  environment: Pick<Environment, 'env' | 'home' | 'files'>,
): Promise<boolean> {
  const path = recordPath(discovered, environment);
  const record = path === undefined ? undefined : await environment.files.read(path).catch(() => undefined);
  return record !== undefined && Buffer.from(record).toString() === recordOf(discovered);
}

/** Records that the user trusts the file with this content. @throws {ConfigurationError} if it cannot be recorded */
export async function trust(
  discovered: DiscoveredFile,
  environment: Pick<Environment, 'env' | 'home' | 'files'>,
): Promise<void> {
  const path = recordPath(discovered, environment);
  if (path === undefined) {
    throw new ConfigurationError('cannot record trust: there is no home directory', {
      hint: 'set HOME or XDG_STATE_HOME to an absolute path, or name the file with --config',
    });
  }
  try {
    await environment.files.makeDirectory(dirname(path));
    await writePrivateFile(path, recordOf(discovered), environment.files, { mayReplace: true });
  } catch (cause) {
    throw new ConfigurationError(`${visible(path)}: cannot record trust: ${messageOf(cause)}`, {
      cause,
      hint: 'make the directory writable, or set XDG_STATE_HOME; or name the file with --config',
    });
  }
}

/** Returns whether the file was trusted, with this content or another. */
export async function revokeTrust(
  discovered: DiscoveredFile,
  environment: Pick<Environment, 'env' | 'home' | 'files'>,
): Promise<boolean> {
  const path = recordPath(discovered, environment);
  if (path === undefined || !(await environment.files.stat(path))) return false;
  await environment.files.remove(path);
  return true;
}

function recordPath({ path }: DiscoveredFile, environment: Pick<Environment, 'env' | 'home'>): string | undefined {
  const base = baseDirectory('state', environment);
  return base === undefined ? undefined : join(base, 'kraken-outages', 'trusted', sha256Of(path));
}

/** In the format of `sha256sum`. */
function recordOf({ path, content }: DiscoveredFile): string {
  return `${sha256Of(content)}  ${path}\n`;
}

/**
 * A project file that was merely found may have come with what somebody cloned. Where it says to which API the key goes,
 * or where the key is, it is obeyed only after the user said so once; every other key of it is harmless.
 *
 * What is remembered is the path and the hash of the content, a small file each: two runs at once lose nothing.
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';

import { baseDirectory } from '../platform/base-directory.ts';
import type { Environment } from '../platform/environment.ts';
import { ConfigurationError, messageOf } from '../domain/errors.ts';
import { canAsk, createQuestions } from '../platform/questions.ts';
import { visible } from '../util/text.ts';
import type { ConfigFile, DiscoveredFile } from './config-file.ts';
import { writePrivateFile } from './write-private-file.ts';
import { isReference } from './references.ts';
import { type CredentialName, isCredentialName } from './settings.ts';
import type { RawValue } from './raw-value.ts';

/** What a file says about the API, or its key. */
interface TrustClaim {
  readonly name: CredentialName;
  readonly written: RawValue;
}

/**
 * A found file decides neither where the key goes nor what is read to get it, unless the user trusts it: who sits at a
 * terminal is asked. Beside an API URL of the user's own it may say where the key is: what is read then goes to the
 * user's own API, and to nobody else.
 * @param deciding the API URL in force, or else the key: where no found file says it, there is nothing to trust
 * @throws {ConfigurationError} where it is not trusted
 */
export async function assertTrusted(
  files: readonly ConfigFile[],
  deciding: RawValue,
  world: Environment,
): Promise<void> {
  for (const file of files) {
    const { discovered: found } = file;
    const claim = claimsOf(file).find(({ written }) => written === deciding);
    if (found && claim && !(await isTrusted(found, world))) await askForTrust(file, found, claim, world);
  }
}

async function askForTrust(
  file: ConfigFile,
  found: DiscoveredFile,
  deciding: TrustClaim,
  world: Environment,
): Promise<void> {
  if (canAsk(world)) {
    const claims = describeClaims(file).map((claim) => `  ${claim}\n`);
    const answer = await createQuestions(world).ask(
      `${visible(found.path)} was merely found here. It says where the API key goes, or where it is:\n` +
        `${claims.join('')}Trust this file as it is now? [y/N] `,
    );
    if (/^y(es)?$/i.test((answer ?? '').trim())) {
      await trust(found, world);
      return;
    }
  }
  throw new ConfigurationError(
    `${describe(deciding)}: this file was merely found here, and is not trusted with the API key`,
    {
      hint:
        'if it is yours, run kraken-outages config trust, or name it with --config or KRAKEN_CONFIG; ' +
        'else set KRAKEN_API_URL yourself',
    },
  );
}

/** What the file says about the API and its key, such as `.kraken-outagesrc:1 (apiUrl) https://api.example.com`. */
export function describeClaims(file: ConfigFile): readonly string[] {
  return claimsOf(file).map(describe);
}

function describe({ name, written: { text, source } }: TrustClaim): string {
  const plain = name === 'apiUrl' ? describeUrl(text) : 'the key itself';
  return `${source.label} ${isReference(text) ? visible(text) : plain}`;
}

function claimsOf({ values, profiles }: ConfigFile): readonly TrustClaim[] {
  return [values, ...profiles.values()].flatMap((layer) =>
    [...layer].flatMap(([name, { items }]) =>
      isCredentialName(name) ? items.map((written) => ({ name, written })) : [],
    ),
  );
}

/** The origin alone: a path says nothing about who gets the key, and the rest may hold a secret. */
function describeUrl(text: string): string {
  return URL.canParse(text) ? visible(new URL(text).origin) : 'no URL';
}

/** Whether the file, with just this content, was trusted. */
export async function isTrusted(
  found: DiscoveredFile,
  world: Pick<Environment, 'env' | 'home' | 'files'>,
): Promise<boolean> {
  const path = recordPath(found, world);
  const record = path === undefined ? undefined : await world.files.read(path).catch(() => undefined);
  return record !== undefined && Buffer.from(record).toString() === recordOf(found);
}

/** From now on the file is obeyed as it is now. @throws {ConfigurationError} where that cannot be written down */
export async function trust(found: DiscoveredFile, world: Pick<Environment, 'env' | 'home' | 'files'>): Promise<void> {
  const path = recordPath(found, world);
  if (path === undefined) {
    throw new ConfigurationError('cannot record trust: there is no home directory', {
      hint: 'set HOME or XDG_STATE_HOME to an absolute path, or name the file with --config',
    });
  }
  try {
    await world.files.makeDirectory(dirname(path));
    await writePrivateFile(path, recordOf(found), world.files, { mayReplace: true });
  } catch (cause) {
    throw new ConfigurationError(`${visible(path)}: trust cannot be written down: ${messageOf(cause)}`, {
      cause,
      hint: 'make the directory writable, or set XDG_STATE_HOME; or name the file with --config',
    });
  }
}

/** @returns whether it was trusted, with this content or another */
export async function revokeTrust(
  found: DiscoveredFile,
  world: Pick<Environment, 'env' | 'home' | 'files'>,
): Promise<boolean> {
  const path = recordPath(found, world);
  if (path === undefined || !(await world.files.stat(path))) return false;
  await world.files.remove(path);
  return true;
}

function recordPath({ path }: DiscoveredFile, world: Pick<Environment, 'env' | 'home'>): string | undefined {
  const base = baseDirectory('state', world);
  return base === undefined ? undefined : join(base, 'kraken-outages', 'trusted', sha256(path));
}

/** As `sha256sum` writes it. */
function recordOf({ path, content }: DiscoveredFile): string {
  return `${sha256(content)}  ${path}\n`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

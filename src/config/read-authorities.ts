import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

import type { Environment } from '../platform/environment.ts';
import type { Files } from '../platform/files.ts';
import { visible } from '../util/text.ts';
import { settingError } from './raw-value.ts';
import { type Fail, readText } from './read-text.ts';
import type { ValueSource } from './settings.ts';

/** The parts of the environment that are read. */
export interface NetworkEnvironment extends Pick<Environment, 'env'> {
  readonly files: Pick<Files, 'chunks'>;
}

/** A bundle of all public authorities has about 250 KiB. */
const MAX_CA_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Returns Node's own certificate authorities, those of `NODE_EXTRA_CA_CERTS`, and those of the file. Unlike curl's
 * `--cacert`, it keeps the default ones, which requests to AWS need.
 * @throws the error of the setting, if the file cannot be read or contains anything but certificates
 */
export async function readAuthorities(
  path: string,
  source: ValueSource,
  { files, env }: NetworkEnvironment,
): Promise<readonly string[]> {
  const hint = 'use a PEM file, in which each certificate begins with -----BEGIN CERTIFICATE-----';
  const fail: Fail = (problem, cause) => settingError(source, `${visible(path)} ${problem}`, { cause, hint });
  if (path === '') throw settingError(source, 'expected a file name', { hint });
  const own = certificatesIn(await readText(files.chunks(path), MAX_CA_FILE_BYTES, fail));
  if (own.length === 0) throw fail('contains no certificate');
  for (const [index, certificate] of own.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw fail(`contains an invalid certificate (number ${index + 1})`, error);
    }
  }
  // Ignore an unreadable file, as Node does.
  const extra = env['NODE_EXTRA_CA_CERTS'] ?? '';
  const others =
    extra === '' ? [] : certificatesIn(await readText(files.chunks(extra), MAX_CA_FILE_BYTES, fail).catch(() => ''));
  return [...rootCertificates, ...others, ...own];
}

function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

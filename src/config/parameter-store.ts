/** The only file that uses the AWS SDK, loaded only if a parameter is needed. */

import { devNull } from 'node:os';
import process from 'node:process';

import { fromProcess } from '@aws-sdk/credential-provider-process';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { parseKnownFiles } from '@smithy/core/config';
import { FetchHttpHandler } from '@smithy/fetch-http-handler';

import { ConfigurationError } from '../domain/errors.ts';
import type { Environment } from '../platform/environment.ts';
import { assertWebAssemblyMemory } from '../platform/web-assembly-memory.ts';
import { abortable } from '../util/abort.ts';
import { visible } from '../util/text.ts';
import { type AwsAccount, type AwsProfiles, resolveAccount } from './aws-account.ts';

export interface ParameterValues {
  readonly region: string;
  /** Decrypted, by name and by ARN; without parameters that do not exist. */
  readonly values: ReadonlyMap<string, string>;
}

const ignore = (): void => undefined;
/** By default, the SDK logs warnings of many lines to the console. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Requests the parameters together, through `environment.fetch`, so that proxies apply. The SDK reads the AWS variables from
 * `process.env`, and the AWS files, by itself: no option overrides that.
 * @param names distinct, at most ten
 * @param where begins the message of an error
 * @throws {ConfigurationError} if AWS does not return them
 * @throws the signal's reason
 */
export async function getParameterValues(
  names: readonly string[],
  account: AwsAccount,
  where: string,
  environment: Pick<Environment, 'fetch' | 'home'>,
  signal: AbortSignal,
): Promise<ParameterValues> {
  signal.throwIfAborted();
  assertWebAssemblyMemory();
  try {
    // The SDK observes the signal during a request, but not while it resolves credentials.
    return await abortable(getParameters(names, account, where, environment, signal), signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ConfigurationError) throw cause;
    const { problem, hint } = explain(cause);
    throw new ConfigurationError(`${where}: ${problem}`, { cause, hint });
  }
}

async function getParameters(
  names: readonly string[],
  account: AwsAccount,
  where: string,
  { fetch, home }: Pick<Environment, 'fetch' | 'home'>,
  signal: AbortSignal,
): Promise<ParameterValues> {
  if (home === undefined) ignoreHomeFiles();
  const resolved = resolveAccount(account, process.env, await readProfiles());
  if ('problem' in resolved) {
    throw new ConfigurationError(`${where}: ${visible(resolved.problem)}`, { hint: resolved.hint });
  }
  const { region, profile, usesProcess } = resolved;
  // The default chain would ignore the failure of a credential_process.
  const credentials = usesProcess ? await runProcess(profile, where) : resolved.credentials;
  if (region === undefined) throw new Error('Region is missing');
  const client = new SSMClient({
    region,
    ...(profile !== undefined && { profile }),
    ...(credentials && { credentials }),
    requestHandler: new FetchHttpHandler({ customFetch: (input, init) => fetch(withoutLength(input, init)) }),
    logger: SILENT,
  });
  const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
  const { Parameters = [] } = await client.send(command, { abortSignal: signal });
  const values = Parameters.flatMap(({ Name = '', ARN = '', Selector = '', Value = '' }) => [
    [Name + Selector, Value] as const,
    [ARN + Selector, Value] as const,
  ]);
  return { region, values: new Map(values) };
}

/**
 * Stops the SDK from reading the AWS files of a relative home directory. It may be a cloned repository, whose `.aws/config` could
 * run programs.
 */
function ignoreHomeFiles(): void {
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) {
    const path = process.env[name] ?? '';
    if (path === '') process.env[name] = devNull;
  }
}

async function readProfiles(): Promise<AwsProfiles> {
  // It fails only if there is no home directory.
  return parseKnownFiles({}).catch(() => ({}));
}

async function runProcess(profile: string | undefined, where: string): Promise<Awaited<ReturnType<Process>>> {
  try {
    return await fromProcess(profile === undefined ? {} : { profile })();
  } catch (cause) {
    const name = visible(profile ?? 'default');
    throw new ConfigurationError(`${where}: the credential_process of the AWS profile "${name}" failed`, {
      cause,
      hint: 'run the command in ~/.aws/config yourself; --verbose shows its error',
    });
  }
}

type Process = ReturnType<typeof fromProcess>;

/** Removes the content-length header: `fetch` sets it, and some versions send nothing if it is already set. */
function withoutLength(...args: ConstructorParameters<typeof Request>): Request {
  const request = new Request(...args);
  request.headers.delete('content-length');
  return request;
}

interface Explanation {
  readonly problem: string;
  readonly hint: string;
}

/** The SDK's errors by name and message. */
const EXPLANATIONS: readonly (Explanation & { readonly pattern: RegExp })[] = [
  {
    pattern: /^(Credentials|Token)ProviderError: /,
    problem: 'no AWS credentials found',
    hint: 'log in, for example with "aws sso login", or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  },
  {
    pattern: /^Error: Region (is missing|not accepted)/,
    problem: 'no AWS region is configured',
    hint: 'set AWS_REGION, or add it to the reference: ssm:/name?region=eu-west-1',
  },
  {
    pattern: /^AccessDenied/,
    problem: 'AWS denies access to Parameter Store',
    hint: 'grant ssm:GetParameters and, for a customer managed key, kms:Decrypt; --verbose shows the response',
  },
  {
    pattern:
      /^(ExpiredToken|IncompleteSignature|InvalidClientToken|InvalidSignature|MissingAuthenticationToken|RequestExpired|SignatureDoesNotMatch|UnrecognizedClient)/,
    problem: 'AWS rejected the credentials',
    hint: 'log in again, for example with "aws sso login", and check the clock of this machine',
  },
  {
    pattern: /^(Throttl|TooManyRequests|RequestLimitExceeded)/,
    problem: 'too many requests to Parameter Store',
    hint: 'try again in a minute',
  },
  {
    pattern: /^TypeError: fetch failed/,
    problem: 'cannot reach Parameter Store',
    hint: 'check the network, the proxy, the region, and AWS_ENDPOINT_URL_SSM if it is set',
  },
];

function explain(error: unknown): Explanation {
  const text = String(error);
  return (
    EXPLANATIONS.find(({ pattern }) => pattern.test(text)) ?? {
      problem: 'Parameter Store did not return the value',
      hint: 'run again with --verbose to see the response',
    }
  );
}

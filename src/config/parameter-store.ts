/** The AWS SDK stands behind this file alone, which is loaded only where a parameter is wanted. */

import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { FetchHttpHandler } from '@smithy/fetch-http-handler';

import type { Environment } from '../platform/environment.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { assertWebAssemblyMemory } from '../platform/web-assembly-memory.ts';
import { abortable } from '../util/abort.ts';

/** Whose Parameter Store it is; what is left out is as AWS's own variables and files have it. */
export interface AwsAccount {
  readonly region?: string;
  /** A profile of `~/.aws/config`. */
  readonly profile?: string;
}

export interface ParameterValues {
  /** The region that was asked. */
  readonly region: string;
  /** Decrypted, by name and by ARN; parameters that do not exist are left out. */
  readonly values: ReadonlyMap<string, string>;
}

const ignore = (): void => undefined;
/** The SDK would warn on the console, in many lines. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Asks for all of the parameters in one call. Credentials, default region and endpoint (`AWS_ENDPOINT_URL_SSM`) are the
 * SDK's business, which reads `process.env` and `~/.aws` by itself: no option hands it other variables. What it sends
 * goes through `environment.fetch`, so that proxies hold for it as well.
 * @param names distinct, ten at most
 * @param where begins the message of an error
 * @throws {ConfigurationError} where they cannot be had @throws the signal's reason
 */
export async function getParameterValues(
  names: readonly string[],
  account: AwsAccount,
  where: string,
  { fetch }: Pick<Environment, 'fetch'>,
  signal: AbortSignal,
): Promise<ParameterValues> {
  signal.throwIfAborted();
  assertWebAssemblyMemory();
  try {
    // The SDK heeds the signal while it sends a request, but not while it looks for credentials.
    return await abortable(getParameters(names, account, fetch, signal), signal);
  } catch (cause) {
    signal.throwIfAborted();
    const { problem, hint } = explain(cause);
    throw new ConfigurationError(`${where}: ${problem}`, { cause, hint });
  }
}

async function getParameters(
  names: readonly string[],
  account: AwsAccount,
  fetch: Environment['fetch'],
  signal: AbortSignal,
): Promise<ParameterValues> {
  const requestHandler = new FetchHttpHandler({ customFetch: (input, init) => fetch(withoutLength(input, init)) });
  const client = new SSMClient({ ...account, requestHandler, logger: SILENT });
  const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
  const { Parameters = [] } = await client.send(command, { abortSignal: signal });
  const values = Parameters.flatMap(({ Name = '', ARN = '', Selector = '', Value = '' }) => [
    [Name + Selector, Value] as const,
    [ARN + Selector, Value] as const,
  ]);
  return { region: await client.config.region(), values: new Map(values) };
}

/** `fetch` counts the body itself, and some of its versions send nothing where that was done before. */
function withoutLength(...args: ConstructorParameters<typeof Request>): Request {
  const request = new Request(...args);
  request.headers.delete('content-length');
  return request;
}

interface Explanation {
  readonly problem: string;
  readonly hint: string;
}

/** What the SDK's errors mean, by their names and messages. */
const EXPLANATIONS: readonly (Explanation & { readonly sign: RegExp })[] = [
  {
    sign: /^(Credentials|Token)ProviderError: /,
    problem: 'there are no AWS credentials to ask Parameter Store with',
    hint: 'log in, for example with "aws sso login", or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  },
  {
    sign: /^Error: Region (is missing|not accepted)/,
    problem: 'no AWS region is known',
    hint: 'set AWS_REGION, or say it in the reference: ssm:/name?region=eu-west-1',
  },
  {
    sign: /^AccessDenied/,
    problem: 'AWS denies access to Parameter Store',
    hint: 'the credentials need the permissions ssm:GetParameters and, for a key of your own, kms:Decrypt; --verbose shows what AWS said',
  },
  {
    sign: /^(ExpiredToken|IncompleteSignature|InvalidClientToken|InvalidSignature|MissingAuthenticationToken|RequestExpired|SignatureDoesNotMatch|UnrecognizedClient)/,
    problem: 'AWS does not accept the credentials',
    hint: 'log in again, for example with "aws sso login", and check the clock of this machine',
  },
  {
    sign: /^(Throttl|TooManyRequests|RequestLimitExceeded)/,
    problem: 'AWS limits the rate of requests to Parameter Store',
    hint: 'try again in a minute',
  },
  {
    sign: /^TypeError: fetch failed/,
    problem: 'Parameter Store cannot be reached',
    hint: 'check the network, the proxy, the region, and AWS_ENDPOINT_URL_SSM where it is set',
  },
];

function explain(error: unknown): Explanation {
  const text = String(error);
  return (
    EXPLANATIONS.find(({ sign }) => sign.test(text)) ?? {
      problem: 'Parameter Store does not give the value',
      hint: 'run it again with --verbose, which shows what AWS said',
    }
  );
}

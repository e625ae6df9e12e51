import type { Environment } from '../platform/environment.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import type { AwsAccount } from './aws-account.ts';
import type { ParameterValues } from './parameter-store.ts';
import { rejectChain, derivedSource } from './references.ts';
import type { RawValue } from './raw-value.ts';

/** A parsed `ssm:/name?region=eu-west-1&profile=work`. */
interface Parameter {
  readonly name: string;
  readonly account: AwsAccount;
  readonly raw: RawValue;
}

const EXAMPLE = 'for example ssm:/kraken/api-key, or ssm:/kraken/api-key?region=eu-west-1&profile=work';
/** A name or an ARN, with an optional version or label. */
const NAME = /^[\w./:-]{1,1024}$/;
/** Restricted, because the region becomes part of a host name. */
const REGION = /^[a-z\d-]{1,63}$/;

/**
 * Resolves the `ssm:` references of a list; the others become undefined. There is one request for each account.
 * @throws {ConfigurationError} if a parameter cannot be read, or is another reference
 * @throws the signal's reason
 */
export async function resolveSsmReferences(
  all: readonly (RawValue | undefined)[],
  environment: Environment,
  signal: AbortSignal,
): Promise<readonly (RawValue | undefined)[]> {
  const values = new Map<RawValue, RawValue>();
  for (const group of groupByAccount(all.flatMap((raw) => (raw ? parseParameter(raw) : [])))) {
    const names = [...new Set(group.map(({ name }) => name))];
    const where = group.map(({ raw }) => raw.source.label).join(' and ');
    const { getParameterValues } = await import('./parameter-store.ts');
    const response = await getParameterValues(names, group[0].account, where, environment, signal);
    for (const parameter of group) values.set(parameter.raw, valueOf(parameter, response));
  }
  return all.map((raw) => raw && values.get(raw));
}

/** Returns whether the value is in AWS Parameter Store. */
export function isSsmReference(raw: RawValue | undefined): boolean {
  return raw?.text.startsWith('ssm:') ?? false;
}

/** Parses an `ssm:` reference. Returns an empty list for any other text. @throws {ConfigurationError} if the reference is invalid */
function parseParameter(raw: RawValue): readonly Parameter[] {
  const parts = /^ssm:([^?]*)\??(.*)$/s.exec(raw.text);
  if (!parts) return [];
  const [, name = '', query = ''] = parts;
  const { label } = raw.source;
  // Do not show an invalid name: it may be a secret.
  if (!NAME.test(name)) {
    throw new ConfigurationError(`${label}: ssm: must be followed by a parameter name`, { hint: EXAMPLE });
  }
  const { region, profile, ...others } = Object.fromEntries(new URLSearchParams(query));
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ConfigurationError(`${label}: ssm: takes region and profile, not ${quote(unknown)}`, { hint: EXAMPLE });
  }
  if (region !== undefined && !REGION.test(region)) {
    throw new ConfigurationError(`${label}: ${quote(region)} is not an AWS region`, { hint: EXAMPLE });
  }
  if (profile === '') throw new ConfigurationError(`${label}: the name of the profile is empty`, { hint: EXAMPLE });
  const account = { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) };
  return [{ name, account, raw }];
}

function groupByAccount(parameters: readonly Parameter[]): Iterable<readonly [Parameter, ...Parameter[]]> {
  const groups = new Map<string, [Parameter, ...Parameter[]]>();
  for (const parameter of parameters) {
    const account = JSON.stringify(parameter.account);
    const group = groups.get(account);
    if (group) group.push(parameter);
    else groups.set(account, [parameter]);
  }
  return groups.values();
}

/** @throws {ConfigurationError} if there is no such parameter, or it is another reference */
function valueOf({ name, raw }: Parameter, { region, values }: ParameterValues): RawValue {
  const { source } = raw;
  const text = values.get(name);
  if (text === undefined) {
    throw new ConfigurationError(`${source.label}: Parameter Store has no ${name} in ${region}`, {
      hint: 'check the name; for another region or account, write ssm:/name?region=eu-west-1&profile=work',
    });
  }
  const value = { text, source: derivedSource(source, 'ssm', `ssm:${name}`) };
  rejectChain(value);
  return value;
}

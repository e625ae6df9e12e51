import type { Environment } from '../platform/environment.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { quote } from '../util/text.ts';
import type { AwsAccount } from './aws-account.ts';
import type { ParameterValues } from './parameter-store.ts';
import { refuseChain, derivedSource } from './references.ts';
import type { RawValue } from './raw-value.ts';

/** What `ssm:/name?region=eu-west-1&profile=work` says. */
interface Parameter {
  readonly name: string;
  readonly account: AwsAccount;
  /** Where it is said. */
  readonly written: RawValue;
}

const EXAMPLE = 'for example ssm:/kraken/api-key, or ssm:/kraken/api-key?region=eu-west-1&profile=work';
/** A name or an ARN, with a version or label where one is wanted. */
const NAME = /^[\w./:-]{1,1024}$/;
/** It becomes a part of the name of the host that is asked. */
const REGION = /^[a-z\d-]{1,63}$/;

/**
 * The values that `ssm:…` stands for, each at the place of its reference; undefined where something else stands.
 * Parameters of one account are asked for in one call.
 * @throws {ConfigurationError} where one of them cannot be had, or leads to another reference
 * @throws the signal's reason
 */
export async function resolveSsmReferences(
  all: readonly (RawValue | undefined)[],
  environment: Environment,
  signal: AbortSignal,
): Promise<readonly (RawValue | undefined)[]> {
  const values = new Map<RawValue, RawValue>();
  for (const group of groupByAccount(all.flatMap((written) => (written ? parseParameter(written) : [])))) {
    const names = [...new Set(group.map(({ name }) => name))];
    const where = group.map(({ written }) => written.source.label).join(' and ');
    const { getParameterValues: askParameterStore } = await import('./parameter-store.ts');
    const answer = await askParameterStore(names, group[0].account, where, environment, signal);
    for (const parameter of group) values.set(parameter.written, valueOf(parameter, answer));
  }
  return all.map((written) => written && values.get(written));
}

/** Whether AWS must be asked for the value. */
export function isSsmReference(written: RawValue | undefined): boolean {
  return written?.text.startsWith('ssm:') ?? false;
}

/** @returns nothing where it is no such reference @throws {ConfigurationError} where it is none that can be understood */
function parseParameter(written: RawValue): readonly Parameter[] {
  const parts = /^ssm:([^?]*)\??(.*)$/s.exec(written.text);
  if (!parts) return [];
  const [, name = '', query = ''] = parts;
  const { label } = written.source;
  // A name that is none could be a secret, and is not shown.
  if (!NAME.test(name)) {
    throw new ConfigurationError(`${label}: ssm: must be followed by the name of a parameter`, { hint: EXAMPLE });
  }
  const { region, profile, ...others } = Object.fromEntries(new URLSearchParams(query));
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ConfigurationError(`${label}: ssm: takes region and profile, not ${quote(unknown)}`, { hint: EXAMPLE });
  }
  if (region !== undefined && !REGION.test(region)) {
    throw new ConfigurationError(`${label}: ${quote(region)} is no AWS region`, { hint: EXAMPLE });
  }
  if (profile === '') throw new ConfigurationError(`${label}: the name of the profile is empty`, { hint: EXAMPLE });
  const account = { ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) };
  return [{ name, account, written }];
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

/** @throws {ConfigurationError} where there is no such parameter, or its value is one more reference */
function valueOf({ name, written }: Parameter, { region, values }: ParameterValues): RawValue {
  const { source } = written;
  const text = values.get(name);
  if (text === undefined) {
    throw new ConfigurationError(`${source.label}: Parameter Store has no ${name} in ${region}`, {
      hint: 'check the name, and whether it is that of another region or account: ssm:/name?region=eu-west-1&profile=work',
    });
  }
  const value = { text, source: derivedSource(source, 'ssm', `ssm:${name}`) };
  refuseChain(value);
  return value;
}

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { type AwsAccount, type AwsProfiles, resolveAccount } from '../../src/config/aws-account.ts';

type Variables = Readonly<Record<string, string>>;

const KEYS = { AWS_ACCESS_KEY_ID: 'FROMENV', AWS_SECRET_ACCESS_KEY: 'x' };
const PROFILES: AwsProfiles = {
  default: { region: 'us-east-1' },
  work: { region: 'ap-south-1', aws_access_key_id: 'FROMPROFILE', aws_secret_access_key: 'y' },
  bare: { output: 'json' },
  tool: { credential_process: 'tool' },
  both: { credential_process: 'tool', aws_access_key_id: 'FROMPROFILE', aws_secret_access_key: 'y' },
};

/** `credentials` is an access key id of the environment, `program` for a credential_process, or the SDK's default `chain`. */
type Expected = readonly [region: string | undefined, profile: string | undefined, credentials: string];

/** The rules of the AWS CLI, version 2: botocore/configprovider.py and botocore/credentials.py. */
const CASES: readonly (readonly [rule: string, account: AwsAccount, env: Variables, expected: Expected])[] = [
  ['uses the default profile without any variable', {}, {}, ['us-east-1', undefined, 'chain']],
  [
    'prefers AWS_REGION to AWS_DEFAULT_REGION',
    {},
    { AWS_REGION: 'r1', AWS_DEFAULT_REGION: 'r2' },
    ['r1', undefined, 'chain'],
  ],
  [
    'prefers AWS_DEFAULT_REGION to the region of the default profile',
    {},
    { AWS_DEFAULT_REGION: 'r2' },
    ['r2', undefined, 'chain'],
  ],
  [
    'prefers AWS_REGION to the region of the chosen profile',
    {},
    { AWS_REGION: 'r1', AWS_PROFILE: 'work' },
    ['r1', 'work', 'chain'],
  ],
  [
    'prefers AWS_PROFILE to AWS_DEFAULT_PROFILE',
    {},
    { AWS_PROFILE: 'work', AWS_DEFAULT_PROFILE: 'bare' },
    ['ap-south-1', 'work', 'chain'],
  ],
  ['takes the profile from AWS_DEFAULT_PROFILE', {}, { AWS_DEFAULT_PROFILE: 'work' }, ['ap-south-1', 'work', 'chain']],
  [
    'does not use the region of the default profile for another profile',
    {},
    { AWS_PROFILE: 'bare' },
    [undefined, 'bare', 'chain'],
  ],
  [
    'prefers keys of the environment to AWS_PROFILE, but uses its region',
    {},
    { ...KEYS, AWS_PROFILE: 'work' },
    ['ap-south-1', 'work', 'FROMENV'],
  ],
  ['prefers keys of the environment to the default profile', {}, KEYS, ['us-east-1', undefined, 'FROMENV']],
  [
    'prefers the profile of the reference to keys of the environment',
    { profile: 'work' },
    KEYS,
    ['ap-south-1', 'work', 'chain'],
  ],
  [
    'prefers the profile of the reference to AWS_PROFILE',
    { profile: 'work' },
    { AWS_PROFILE: 'bare' },
    ['ap-south-1', 'work', 'chain'],
  ],
  [
    'prefers AWS_REGION to the region of the reference’s profile',
    { profile: 'work' },
    { AWS_REGION: 'r1' },
    ['r1', 'work', 'chain'],
  ],
  [
    'prefers the region of the reference to all others',
    { region: 'r0', profile: 'work' },
    { AWS_REGION: 'r1' },
    ['r0', 'work', 'chain'],
  ],
  [
    'ignores empty variables',
    {},
    { AWS_REGION: '', AWS_DEFAULT_REGION: 'r2', AWS_PROFILE: '', AWS_DEFAULT_PROFILE: 'work', AWS_ACCESS_KEY_ID: '' },
    ['r2', 'work', 'chain'],
  ],
  ['runs the credential_process of the chosen profile', {}, { AWS_PROFILE: 'tool' }, [undefined, 'tool', 'program']],
  [
    'runs no credential_process if the environment has keys',
    {},
    { ...KEYS, AWS_PROFILE: 'tool' },
    [undefined, 'tool', 'FROMENV'],
  ],
  ['runs no credential_process if the profile has keys', {}, { AWS_PROFILE: 'both' }, [undefined, 'both', 'chain']],
];

describe('config: the AWS account', () => {
  for (const [rule, account, env, expected] of CASES) {
    it(rule, () => {
      const resolved = resolveAccount(account, env, PROFILES);
      if ('problem' in resolved) throw new Error(resolved.problem);
      const { region, profile, credentials, usesProcess } = resolved;
      expect([region, profile, credentials?.accessKeyId ?? (usesProcess ? 'program' : 'chain')]).to.deep.equal(
        expected,
      );
    });
  }

  it('passes on the session token', () => {
    const resolved = resolveAccount({}, { ...KEYS, AWS_SESSION_TOKEN: 't' }, {});
    expect(resolved).to.have.nested.property('credentials.sessionToken', 't');
  });

  const problems: readonly (readonly [string, AwsAccount, Variables, string])[] = [
    [
      'rejects an unknown profile even if the environment has keys',
      {},
      { ...KEYS, AWS_PROFILE: 'no' },
      'AWS_PROFILE: there is no AWS profile "no"',
    ],
    [
      'names AWS_DEFAULT_PROFILE if its profile is unknown',
      {},
      { AWS_DEFAULT_PROFILE: 'no' },
      'AWS_DEFAULT_PROFILE: there is no AWS profile "no"',
    ],
    [
      'rejects an unknown profile of a reference',
      { profile: 'no' },
      { AWS_PROFILE: 'work' },
      'there is no AWS profile "no"',
    ],
    [
      'ignores inherited properties when it looks up a profile',
      { profile: 'constructor' },
      {},
      'there is no AWS profile "constructor"',
    ],
    [
      'rejects half of a key pair',
      {},
      { AWS_ACCESS_KEY_ID: 'a' },
      'AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY',
    ],
  ];
  for (const [title, account, env, problem] of problems) {
    it(title, () => {
      expect(resolveAccount(account, env, PROFILES)).to.have.property('problem', problem);
    });
  }
});

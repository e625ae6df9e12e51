/** An AWS account as a reference names it; the AWS environment variables and files supply the rest. */
export interface AwsAccount {
  readonly region?: string;
  /** A profile of `~/.aws/config` or `~/.aws/credentials`. */
  readonly profile?: string;
}

/** The profiles of both files, merged: the credentials file wins. */
export type AwsProfiles = Readonly<Record<string, Readonly<Record<string, string | undefined>> | undefined>>;

/** Configuration of the SDK's client. */
export interface ResolvedAccount {
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly credentials: StaticCredentials | undefined;
  /** Whether the profile gets its credentials from a program (`credential_process`). */
  readonly usesProcess: boolean;
}

interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Why an account cannot be resolved. */
export interface AccountProblem {
  readonly problem: string;
  readonly hint: string;
}

/**
 * Resolves an account by the rules of the AWS CLI, version 2, which differ from the SDK's:
 *
 * - profile: the reference's (as `--profile`), AWS_PROFILE, AWS_DEFAULT_PROFILE; it must exist
 * - region: the reference's (as `--region`), AWS_REGION, AWS_DEFAULT_REGION, the profile's
 * - credentials: keys of the environment, unless the reference names a profile; then the profile's
 *
 * Empty variables count as unset.
 */
export function resolveAccount(
  account: AwsAccount,
  env: Readonly<Record<string, string | undefined>>,
  profiles: AwsProfiles,
): ResolvedAccount | AccountProblem {
  const [variable] = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE'].filter((name) => read(env, name) !== undefined);
  const profile = account.profile ?? (variable === undefined ? undefined : read(env, variable));
  const values = Object.hasOwn(profiles, profile ?? 'default') ? profiles[profile ?? 'default'] : undefined;
  if (profile !== undefined && !values) {
    const chooser = account.profile === undefined && variable !== undefined ? `${variable}: ` : '';
    return {
      problem: `${chooser}there is no AWS profile "${profile}"`,
      hint: 'check its spelling; "aws configure list-profiles" lists the profiles',
    };
  }
  const region = account.region ?? read(env, 'AWS_REGION') ?? read(env, 'AWS_DEFAULT_REGION') ?? values?.['region'];
  if (account.profile === undefined) {
    const accessKeyId = read(env, 'AWS_ACCESS_KEY_ID');
    const secretAccessKey = read(env, 'AWS_SECRET_ACCESS_KEY');
    const sessionToken = read(env, 'AWS_SESSION_TOKEN');
    if (accessKeyId !== undefined && secretAccessKey === undefined) {
      return { problem: 'AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY', hint: 'set both, or neither' };
    }
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
      return { region, profile, credentials, usesProcess: false };
    }
  }
  const isOther = ['aws_access_key_id', 'role_arn', 'sso_session', 'sso_start_url'].some((name) => values?.[name]);
  return { region, profile, credentials: undefined, usesProcess: !isOther && Boolean(values?.['credential_process']) };
}

function read(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

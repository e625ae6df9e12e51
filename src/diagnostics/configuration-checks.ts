import { type Configuration, missingError } from '../config/load.ts';
import type { Files } from '../platform/files.ts';
import type { Check } from './run-checks.ts';

interface Subject {
  readonly opening: Promise<Configuration>;
  readonly files: Pick<Files, 'hasPermissionBits'>;
  /** Aborts requests to AWS. */
  readonly signal: AbortSignal;
}

/** Settings with their own checks. */
const SECRETS = ['apiUrl', 'apiKey', 'queue'];

/** Checks that need neither secrets nor the API. */
export const CONFIGURATION_CHECKS: readonly Check<Subject>[] = [
  {
    name: 'files',
    isVital: true,
    attempt: async ({ opening }) => {
      const { files, profile } = await opening;
      const names = files.map(({ name }) => name).join(', ') || 'none';
      return profile.value === undefined ? names : `${names}, profile ${profile.value}`;
    },
  },
  {
    name: 'settings',
    attempt: async ({ opening }) => {
      const { settings } = await opening;
      for (const [name, resolve] of Object.entries(settings)) if (!SECRETS.includes(name)) await resolve();
      return 'valid';
    },
  },
];

/** Checks of API URL and key: their references resolve, and their values are valid. */
export const SECRET_CHECKS: readonly Check<Subject>[] = [
  {
    name: 'API URL',
    attempt: async ({ opening, signal }) => {
      const { settings } = await opening;
      const { value, source } = await settings.apiUrl(signal);
      if (value === undefined) throw missingError(['apiUrl']);
      return `${value} from ${source.label}`;
    },
  },
  {
    name: 'key file',
    isVital: true,
    attempt: async ({ opening, files }) => {
      const { checkKeyPermissions } = await opening;
      const checked = await checkKeyPermissions();
      const readers = files.hasPermissionBits ? 'readable by the owner only' : 'permissions not checked (Windows)';
      const lines = checked.map(({ path, warning }) => warning ?? `${path}: ${readers}`);
      return lines.length === 0 ? 'none (the key is not in a file)' : lines.join(' and ');
    },
  },
  {
    name: 'API key',
    attempt: async ({ opening, signal }) => {
      const { settings } = await opening;
      const { value, source } = await settings.apiKey(signal);
      if (value === undefined) throw missingError(['apiKey']);
      return `from ${source.label}`;
    },
  },
];

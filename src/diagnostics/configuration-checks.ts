import { type Configuration, missingError } from '../config/load.ts';
import type { Check } from './run-checks.ts';

interface Subject {
  readonly opening: Promise<Configuration>;
  /** Ends the asking of AWS. */
  readonly signal: AbortSignal;
}

/** Those with steps of their own. */
const SECRETS = ['apiUrl', 'apiKey'];

/** What can be tried without the API. */
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
      for (const [name, settle] of Object.entries(settings)) if (!SECRETS.includes(name)) await settle();
      return 'sound';
    },
  },
];

/** Where the API is and what opens it: their references resolve, and they are sound. */
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
    attempt: async ({ opening }) => {
      const { checkKeyPermissions } = await opening;
      const paths = await checkKeyPermissions();
      return paths.length === 0 ? 'none: the key is in no file' : `${paths.join(' and ')}: only its owner can read it`;
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

import { type Configuration, missingError } from '../config/load.ts';
import type { Step } from './examine.ts';

/** Those with steps of their own. */
const SECRETS = ['apiUrl', 'apiKey'];

/** What can be tried without the API. */
export const CONFIGURATION_STEPS: readonly Step<Promise<Configuration>>[] = [
  {
    name: 'files',
    isVital: true,
    attempt: async (opening) => {
      const { files, profile } = await opening;
      const names = files.map(({ name }) => name).join(', ') || 'none';
      return profile.value === undefined ? names : `${names}, profile ${profile.value}`;
    },
  },
  {
    name: 'settings',
    attempt: async (opening) => {
      const { settings } = await opening;
      for (const [name, settle] of Object.entries(settings)) if (!SECRETS.includes(name)) await settle();
      return 'sound';
    },
  },
];

/** Where the API is and what opens it: their references resolve, and they are sound. */
export const SECRET_STEPS: readonly Step<Promise<Configuration>>[] = [
  {
    name: 'API URL',
    attempt: async (opening) => {
      const { settings } = await opening;
      const { value, source } = await settings.apiUrl();
      if (value === undefined) throw missingError(['apiUrl']);
      return `${value} from ${source.label}`;
    },
  },
  {
    name: 'API key',
    attempt: async (opening) => {
      const { settings } = await opening;
      const { value, source } = await settings.apiKey();
      if (value === undefined) throw missingError(['apiKey']);
      return `from ${source.label}`;
    },
  },
];

import type { Configuration } from '../config/load.ts';
import { checkSetting, toRawSetting } from '../config/raw-value.ts';
import { DEFAULT } from '../config/settings.ts';
import { deadlineFor } from '../config/value-schemas.ts';
import type { RunDeadline } from './run-deadline.ts';

/** Limits the run while its configuration is read. @param flag the value of `--deadline`; without it, the default applies */
export function setEarlyDeadline(deadline: RunDeadline, flag?: string): void {
  deadline.setLimit(deadlineFor('auto', 0));
  if (flag === undefined) return;
  try {
    const { value } = checkSetting('deadline', toRawSetting({ text: flag, source: DEFAULT }));
    deadline.setLimit(deadlineFor(value, 0));
  } catch {
    // An invalid flag is reported when the configuration is loaded.
  }
}

/** Sets the configured deadline; keeps the early one if the configuration is invalid, which the run reports. */
export async function setConfiguredDeadline(deadline: RunDeadline, opening: Promise<Configuration>): Promise<void> {
  const limit = opening.then(async ({ settings }) => {
    const [{ value }, sites] = [await settings.deadline(), await settings.sites()];
    deadline.setLimit(deadlineFor(value, sites.value.length));
  });
  await limit.catch(() => undefined);
}

import type { Configuration } from '../config/load.ts';
import { settle, toRawSetting } from '../config/raw-value.ts';
import { DEFAULT } from '../config/settings.ts';
import type { RunDeadline } from './run-deadline.ts';

/** Limits the run while its configuration is read. @param flag the value of `--deadline`; the default without one */
export function setEarlyDeadline(deadline: RunDeadline, flag?: string): void {
  deadline.setLimit(settle('deadline', undefined).value);
  if (flag === undefined) return;
  try {
    deadline.setLimit(settle('deadline', toRawSetting({ text: flag, source: DEFAULT })).value);
  } catch {
    // The configuration reports the error.
  }
}

/** Sets the configured deadline; keeps the early one if the configuration cannot be used, as the run reports. */
export async function setConfiguredDeadline(deadline: RunDeadline, opening: Promise<Configuration>): Promise<void> {
  await opening
    .then(({ settings }) => settings.deadline())
    .then(
      ({ value }) => {
        deadline.setLimit(value);
      },
      () => undefined,
    );
}

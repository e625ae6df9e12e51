import { KrakenOutagesError } from '../domain/errors.ts';
import type { EventSink, NoticeEvent } from '../domain/events.ts';
import { flagName } from './raw-value.ts';
import { SETTING_NAMES, SETTINGS } from './settings.ts';

/** The option of `connect()` for each flag. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ...SETTING_NAMES.map((name) => [flagName(SETTINGS[name].flags[0]), name] as const),
  ['--ca-file', 'caFile'],
  ['--proxy', 'proxy'],
]);

const KEY_FLAG = flagName(SETTINGS.apiKey.flags[0]);

/** Replaces the flags in a hint by the options of `connect()`. */
export function nameOptions(hint: string): string {
  if (hint.includes(KEY_FLAG)) return 'check the option apiKey';
  return hint.replace(/--[a-z]+(?:-[a-z]+)*/g, (flag) => {
    const option = OPTIONS.get(flag);
    return option === undefined ? flag : `the option ${option}`;
  });
}

/** Rewrites the hint of an error, and returns the error. */
export function withOptionNames<T>(error: T): T {
  if (error instanceof KrakenOutagesError && error.hint !== undefined) {
    Object.assign(error, { hint: nameOptions(error.hint) });
  }
  return error;
}

/** Returns a sink that rewrites the hints of events. */
export function namingOptions(emit: EventSink): EventSink {
  const reword = (notice: NoticeEvent): NoticeEvent =>
    notice.hint === undefined ? notice : { ...notice, hint: nameOptions(notice.hint) };
  return (event) => {
    if (event.type === 'notice') emit(reword(event));
    else if (event.type === 'site-notices') emit({ ...event, notices: event.notices.map(reword) });
    else emit(event);
  };
}

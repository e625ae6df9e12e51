/** The questions that `submit` asks at a terminal. */
import { SITE_ARGUMENTS_LABEL, SITE_FLAG_LABEL } from '../config/layers.ts';
import { addSetting, findSettingTarget } from '../config/add-setting.ts';
import type { ConfigFile } from '../config/config-file.ts';
import { SETTINGS, type Settings } from '../config/settings.ts';
import { UsageError } from '../domain/errors.ts';
import { count } from '../output/format-units.ts';
import { type BuiltList, hasList, type SiteResult } from '../pipeline/build-lists.ts';
import type { CutoffRule } from '../transform/rule.ts';
import type { Environment } from '../platform/environment.ts';
import { canAsk, confirm } from '../platform/questions.ts';
import { visible } from '../util/text.ts';
import type { Context } from './command.ts';

/** Maximum number of sites or outages that a question lists. */
const MAX_LISTED = 10;

/** Whether all sites were named on the command line, and need no confirmation. */
function areNamed({ sites }: Settings): boolean {
  return sites.source.label.split(', ').every((label) => label === SITE_ARGUMENTS_LABEL || label === SITE_FLAG_LABEL);
}

/**
 * Shows what is about to be sent and asks, if a person did not name the sites on the command line.
 * @param results the lists; undefined if workers build them
 * @throws {UsageError} if the answer is no
 */
export async function confirmPlan(
  sites: readonly string[],
  results: readonly SiteResult[] | undefined,
  {
    settings,
    target,
    yes,
  }: { readonly settings: Settings; readonly target: string | undefined; readonly yes: boolean },
  environment: Environment,
): Promise<void> {
  if (yes || target === undefined || sites.length < 2 || areNamed(settings) || !canAsk(environment)) return;
  const lists = results?.filter(hasList);
  const planned = lists?.map(({ site, list: { outages } }) => `${visible(site)}: ${count(outages.length, 'outage')}`);
  const entries = planned ?? sites.map((site) => visible(site));
  const failed = sites.length - entries.length;
  const lines = [
    ...entries.slice(0, MAX_LISTED),
    ...(entries.length > MAX_LISTED ? [`and ${count(entries.length - MAX_LISTED, 'more site')}`] : []),
    ...(failed > 0 ? [`${count(failed, 'site')} without a list, for which nothing is sent`] : []),
  ];
  const plan = lines.map((line) => `  ${line}\n`).join('');
  const total = lists?.reduce((sum, { list }) => sum + list.outages.length, 0);
  const subject = `${total === undefined ? '' : `${count(total, 'outage')} of `}${count(entries.length, 'site')}`;
  if (await confirm(`${plan}Submit ${subject} to ${target}?`, environment)) return;
  throw new UsageError('cancelled: nothing was sent', { hint: 'answer y, or give --yes to submit without a question' });
}

/**
 * Asks whether to send the lists that the API rejected again, including the outages that begin exactly at the cutoff.
 * @param rejected lists with such outages
 */
export function confirmInclusion(
  rejected: readonly BuiltList[],
  { cutoffText }: Pick<CutoffRule, 'cutoffText'>,
  environment: Environment,
): Promise<boolean> {
  const excluded = rejected.flatMap(({ site, excluded: outages }) =>
    outages.map(
      ({ outage: { name, begin, end } }) => `${visible(site)}: ${visible(name)}, ${visible(begin)} to ${visible(end)}`,
    ),
  );
  const isOne = excluded.length === 1;
  const [first] = rejected;
  const which =
    rejected.length === 1 && first
      ? `all ${first.list.outages.length + first.excluded.length}, including ${isOne ? 'it' : 'them'}`
      : `the lists of ${count(rejected.length, 'site')} again, including ${isOne ? 'it' : 'them'}`;
  const lines = [
    `The API rejected ${rejected.length === 1 ? 'a list' : `${rejected.length} lists`} without ${count(excluded.length, 'outage')} that began exactly at the cutoff (${cutoffText}):`,
    ...excluded.slice(0, MAX_LISTED).map((line) => `  ${line}`),
    ...(excluded.length > MAX_LISTED ? [`  and ${excluded.length - MAX_LISTED} more`] : []),
    `The requirement excludes ${isOne ? 'it' : 'them'}, but the live API has been seen to require ${isOne ? 'it' : 'them'}.`,
  ];
  return confirm(`${lines.join('\n')}\nSend ${which}?`, environment);
}

const INCLUSION = 'cutoffInclusive: true';

/** Asks whether to write the rule that the API accepts into a configuration file, for the next runs. */
export async function offerInclusion(files: readonly ConfigFile[], { environment, reporter }: Context): Promise<void> {
  const target = findSettingTarget(files, environment);
  await reporter.pause();
  if (target && (await confirm(`Write ${INCLUSION} into ${target.name}, for the next runs?`, environment))) {
    try {
      await addSetting(target, INCLUSION, environment);
      reporter.emit({ type: 'notice', message: `added ${INCLUSION} to ${target.name}` });
    } catch (error) {
      // The lists were accepted all the same.
      reporter.error(error);
    }
    return;
  }
  const { variable, flags } = SETTINGS.cutoffInclusive;
  reporter.emit({
    type: 'notice',
    label: '',
    message: `to include such outages in the next runs, use ${flags[0]} or ${variable}=true`,
  });
}

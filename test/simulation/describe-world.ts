import type { Run } from './run-world.ts';

/** Describes the world of a run and how the run ended. */
export function describeWorld({ world, setup, ending, code, elapsed, exchanges, files }: Run): string {
  const { faultRates, snapshot, settings, signals, jumps } = world;
  const percent = (probability: number): string => `${100 * probability} %`;
  const sites = world.sites.map(({ id, devices, info, anomaly, isAccepted }) => {
    const traits = [
      `${devices.length} devices`,
      ...(info === undefined ? ['unknown to the API'] : []),
      ...(anomaly === undefined ? [] : [`anomaly: ${anomaly}`]),
      ...(isAccepted ? [] : ['its list is refused']),
    ];
    return `  site ${JSON.stringify(id)}: ${traits.join(', ')}`;
  });
  const { text, instant } = world.cutoff;
  return [
    `world ${world.seed}: kraken-outages ${setup.argv.map((argument) => JSON.stringify(argument)).join(' ')}`,
    ...sites,
    `  ${world.outages.length} outages, cutoff ${text} (${instant} ns${world.cutoffInclusive ? ', inclusive' : ''})`,
    `  settings ${JSON.stringify(settings)}, format ${world.format}, output ${world.output}`,
    `  faults: network ${percent(faultRates.network)}, disk ${percent(faultRates.disk)}, streams ${percent(faultRates.streams)}`,
    ...(snapshot ? [`  snapshot from a ${snapshot.place}, ${snapshot.isWhole ? 'whole' : 'cut short'}`] : []),
    ...signals.map(({ step, name }) => `  ${name} before step ${step}`),
    ...jumps.map(({ step, milliseconds }) => `  the wall clock jumps by ${milliseconds} ms before step ${step}`),
    `  variables: ${Object.keys(setup.env).join(', ')}; files: ${[...setup.files.keys()].join(', ')}`,
    ...(files.failed.length > 0 ? [`  failed: ${files.failed.join(', ')}`] : []),
    `  ${ending}${code === undefined ? '' : ` with ${code}`} after ${elapsed} ms and ${exchanges.length} requests`,
  ].join('\n');
}

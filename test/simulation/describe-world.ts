import type { Run } from './run-world.ts';

/** The world of a run in words, and how the run ended. */
export function describeWorld({ world, setup, ending, code, elapsed, exchanges, files }: Run): string {
  const { weather, snapshot, settings, signals, jumps } = world;
  const percent = (probability: number): string => `${100 * probability} %`;
  const sites = world.sites.map(({ id, devices, info, misfit, isAccepted }) => {
    const traits = [
      `${devices.length} devices`,
      ...(info === undefined ? ['unknown to the API'] : []),
      ...(misfit === undefined ? [] : [`misfit: ${misfit}`]),
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
    `  faults: network ${percent(weather.network)}, disk ${percent(weather.disk)}, streams ${percent(weather.streams)}`,
    ...(snapshot ? [`  snapshot from a ${snapshot.place}, ${snapshot.isWhole ? 'whole' : 'cut short'}`] : []),
    ...signals.map(({ step, name }) => `  ${name} before step ${step}`),
    ...jumps.map(({ step, milliseconds }) => `  the wall clock jumps by ${milliseconds} ms before step ${step}`),
    `  variables: ${Object.keys(setup.env).join(', ')}; files: ${[...setup.files.keys()].join(', ')}`,
    ...(files.failed.length > 0 ? [`  failed: ${files.failed.join(', ')}`] : []),
    `  ${ending}${code === undefined ? '' : ` with ${code}`} after ${elapsed} ms and ${exchanges.length} requests`,
  ].join('\n');
}

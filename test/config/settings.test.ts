import { expect } from 'chai';
import { describe, it } from 'mocha';

import { ConfigurationError } from '../../src/domain/errors.ts';
import { type SettingDefinition, SETTING_FLAGS, SETTINGS } from '../../src/config/settings.ts';
import { inWorkspace } from './workspace.ts';

describe('config: settings', () => {
  it('lists each flag of a setting in one group', () => {
    const flags = Object.values<Readonly<Record<string, { notation: string; description: string }>>>(SETTING_FLAGS);
    const grouped = flags.flatMap((group) => Object.values(group));
    for (const [name, definition] of Object.entries<SettingDefinition<unknown>>(SETTINGS)) {
      for (const notation of definition.flags) {
        expect(
          grouped.filter((flag) => flag.notation === notation),
          `${name}: ${notation}`,
        ).to.have.lengthOf(1);
      }
    }
  });

  it(
    'reads KRAKEN_CUTOFF_INCLUSIVE as true or false, and ignores an empty one',
    inWorkspace(async ({ fail, load, write }) => {
      const withVariable = async (value: string) =>
        (await load({}, { env: { KRAKEN_CUTOFF_INCLUSIVE: value } })).cutoffInclusive;
      await write({ '.kraken-outagesrc': 'cutoffInclusive: true' });
      expect(await withVariable('false')).to.deep.equal({
        value: false,
        source: { kind: 'env', label: 'KRAKEN_CUTOFF_INCLUSIVE' },
      });
      expect((await withVariable('')).source.kind).to.equal('file');
      await write({ '.kraken-outagesrc': '' });
      expect((await withVariable('true')).value).to.equal(true);
      const error = await fail({}, { env: { KRAKEN_CUTOFF_INCLUSIVE: '1' } });
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.equal('KRAKEN_CUTOFF_INCLUSIVE: expected true or false, not "1"');
      expect(error.hint).to.equal('for example KRAKEN_CUTOFF_INCLUSIVE=true');
    }),
  );
});

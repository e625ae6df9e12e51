import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createChalk } from '../../src/output/chalk.ts';
import { wantsColor } from '../../src/output/color.ts';

describe('wantsColor', () => {
  const cases: readonly [
    name: string,
    isTTY: boolean,
    env: Record<string, string>,
    noColorFlag: boolean,
    expected: boolean,
  ][] = [
    ['a terminal', true, {}, false, true],
    ['a pipe', false, {}, false, false],
    ['a dumb terminal', true, { TERM: 'dumb' }, false, false],
    ['--no-color before all else', true, { FORCE_COLOR: '1' }, true, false],
    ['NO_COLOR before FORCE_COLOR', true, { NO_COLOR: '0', FORCE_COLOR: '1' }, false, false],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, false, true],
    ['FORCE_COLOR before the pipe', false, { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR before a dumb terminal', true, { FORCE_COLOR: 'true', TERM: 'dumb' }, false, true],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false, false],
    ['FORCE_COLOR=false', true, { FORCE_COLOR: 'false' }, false, false],
    ['an empty FORCE_COLOR', false, { FORCE_COLOR: '' }, false, false],
  ];
  for (const [name, isTTY, env, noColorFlag, expected] of cases) {
    it(`is ${expected} for ${name}`, () => {
      expect(wantsColor({ isTTY }, env, { noColor: noColorFlag })).to.equal(expected);
    });
  }
});

describe('createChalk', () => {
  it('colours on request, independently of stdout', () => {
    expect(createChalk(true).red('no')).to.equal('\u001b[31mno\u001b[39m');
    expect(createChalk(false).red('no')).to.equal('no');
  });
});

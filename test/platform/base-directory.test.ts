import { expect } from 'chai';
import { describe, it } from 'mocha';

import { baseDirectory } from '../../src/platform/base-directory.ts';

describe('baseDirectory', () => {
  const cases = [
    ['the home directory', { home: '/home/u', env: {} }, '/home/u/.config'],
    ['an absolute XDG variable', { home: '/home/u', env: { XDG_CONFIG_HOME: '/etc/x' } }, '/etc/x'],
    ['an absolute XDG variable without a home', { home: undefined, env: { XDG_CONFIG_HOME: '/etc/x' } }, '/etc/x'],
    ['the home directory if the variable is relative', { home: '/h', env: { XDG_CONFIG_HOME: '.x' } }, '/h/.config'],
    ['the home directory if the variable is empty', { home: '/h', env: { XDG_CONFIG_HOME: '' } }, '/h/.config'],
    ['nothing without a home', { home: undefined, env: {} }, undefined],
    [
      'nothing without a home if the variable is relative',
      { home: undefined, env: { XDG_CONFIG_HOME: 'x' } },
      undefined,
    ],
  ] as const;
  const windows = [
    ['%AppData%', { home: 'C:\\U', env: { APPDATA: 'C:\\U\\Roaming' } }, 'C:\\U\\Roaming'],
    ['the home directory without %AppData%', { home: 'C:\\U', env: {} }, 'C:\\U\\.config'],
    [
      'an XDG variable before %AppData%',
      { home: 'C:\\U', env: { XDG_CONFIG_HOME: 'D:\\x', APPDATA: 'C:\\y' } },
      'D:\\x',
    ],
  ] as const;
  for (const [what, environment, expected] of windows) {
    it(`returns ${what} on Windows`, () => {
      expect(baseDirectory('config', environment, 'win32')).to.equal(expected);
    });
  }

  it('ignores %AppData% elsewhere', () => {
    expect(baseDirectory('config', { home: '/h', env: { APPDATA: '/etc' } }, 'linux')).to.equal('/h/.config');
  });

  for (const [what, environment, expected] of cases) {
    it(`returns ${what}`, () => {
      expect(baseDirectory('config', environment)).to.equal(expected);
    });
  }
});

import { readdir, readFile, symlink } from 'node:fs/promises';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { writePrivateFile } from '../../src/config/write-private-file.ts';
import { createFiles } from '../../src/platform/files.ts';
import { rejectionOf } from '../support/thrown.ts';
import { inWorkspace } from './workspace.ts';

describe('config: writePrivateFile', () => {
  it(
    'replaces a file or dangling link only on request',
    inWorkspace(async ({ cwd, write }) => {
      const files = createFiles({ cwd: () => cwd });
      await write({ there: 'old' });
      await symlink('nowhere', `${cwd}/link`);
      for (const name of ['there', 'link']) {
        const error = await rejectionOf(writePrivateFile(name, 'new', files, { mayReplace: false }));
        expect(error).to.include({ code: 'EEXIST' });
      }
      expect(await readFile(`${cwd}/there`, 'utf8')).to.equal('old');
      await writePrivateFile('there', 'new', files, { mayReplace: true });
      await writePrivateFile('fresh', 'new', files, { mayReplace: false });
      expect(await readFile(`${cwd}/there`, 'utf8')).to.equal('new');
      expect((await readdir(cwd)).sort()).to.deep.equal(['fresh', 'link', 'package.json', 'there']);
    }),
  );
});

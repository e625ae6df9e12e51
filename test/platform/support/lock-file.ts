/** A process that opens the file its argument names, says how that went, and keeps it until it is told to close it. */
import process from 'node:process';

import { messageOf } from '../../../src/domain/errors.ts';
import { createFiles } from '../../../src/platform/files.ts';

const [, , path = ''] = process.argv;
const opening = createFiles({ cwd: () => process.cwd() }).openLocked(path);
opening.then(
  () => process.send?.('open'),
  (error: unknown) => process.send?.(messageOf(error)),
);
process.once('message', () => {
  void opening
    .then(
      (file) => file.close(),
      () => undefined,
    )
    .then(() => {
      process.disconnect();
    });
});

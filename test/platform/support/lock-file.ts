/** A process that opens the file in its argument, sends the result, and keeps the file open until it receives a message. */
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

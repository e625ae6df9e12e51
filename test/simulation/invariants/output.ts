import type { Run } from '../run-world.ts';
import type { Truth } from '../truth/truth.ts';
import { OLD_OUTPUT } from '../world/paths.ts';

const PLACES = {
  new: '/work/out.data',
  existing: '/work/old.data',
  special: '/dev/tube',
  nowhere: '/work/nowhere/out.data',
};

/** Checks that the output of `fetch` and `preview` is exactly what the oracle computes, or absent. */
export function* checkOutput(run: Run, { document }: Truth): Iterable<string> {
  const { world, stdout, code } = run;
  if (world.command === 'submit') return;
  const printed = stdout.text();
  const isTooSlow = run.elapsed >= world.settings.deadline && stdout.hasStalled();
  const mayBreakOff =
    stdout.failure() !== undefined || isTooSlow || run.signal !== undefined || run.ending === 'killed';
  if (world.output !== 'stdout') {
    if (printed !== '') yield `with --output, stdout holds ${printed}`;
    yield* checkFile(run, document);
  } else if (printed !== '' && printed !== document && !(mayBreakOff && document?.startsWith(printed))) {
    yield `stdout holds ${printed}, expected ${document ?? 'nothing'}`;
  } else if (code === 0 && printed !== document && stdout.failure() !== 'closed') {
    yield `the exit code is 0, and stdout holds ${printed}, expected ${document ?? 'something'}`;
  }
}

function* checkFile({ world, files, code }: Run, document: string | undefined): Iterable<string> {
  const place = world.output === 'stdout' ? '' : PLACES[world.output];
  const before = world.output === 'existing' ? OLD_OUTPUT : undefined;
  const bytes = files.contents.get(place);
  const written = bytes && Buffer.from(bytes).toString();
  if (code === 0 && written !== document)
    yield `the exit code is 0, and ${place} holds ${written ?? 'nothing'}, expected ${document ?? 'something'}`;
  // Output to a pipe cannot be undone.
  if (world.output === 'special' && code !== 0 && document?.startsWith(written ?? '')) return;
  if (written !== before && written !== document)
    yield `${place} holds ${written ?? 'nothing'}, expected ${document ?? 'what was there'}`;
}

/** Checks that the output has no control characters except colours at a terminal. */
export function* checkHarmlessness(run: Run): Iterable<string> {
  const { stdout, stderr, world } = run;
  const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
  for (const [name, output] of Object.entries({ stdout, stderr })) {
    const text = world.format === 'csv' ? output.text().replace(/\r(\n|$)/g, '$1') : output.text();
    if (!output.isTTY && harmful.test(text)) yield `${name} contains a control character: ${JSON.stringify(text)}`;
    // A write that failed may have been cut within an escape sequence.
    if (output.isTTY && output.failure() === undefined && harmful.test(text.replaceAll(/\u001b\[[?\d;]*[A-Za-z]/g, '')))
      yield `${name} contains a control character: ${JSON.stringify(text)}`;
  }
}

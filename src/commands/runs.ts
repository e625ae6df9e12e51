import { openConfiguration, resolveSettings } from '../config/load.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { wantsColor } from '../output/color.ts';
import { RECEIPT_FORMATS } from '../output/formats.ts';
import { RUN_FORMATS } from '../output/run-list.ts';
import { setConfiguredDeadline, setEarlyDeadline } from '../pipeline/configured-deadline.ts';
import { defineCommand } from './command.ts';
import { CONFIGURATION_FLAGS, LOGGING_FLAGS, lookup, QUEUE_FLAG, REPORT_FORMAT_FLAG } from './flags.ts';
import { requireQueue } from './worker.ts';

export const runs = defineCommand({
  name: 'runs',
  summary: 'List distributed runs, or print the receipts of one so far.',
  examples: ['runs --queue redis://queue.example.com:6379', 'runs nightly-2026-11-25 --format json'],
  positional: { notation: '[id]', description: 'run whose receipts to print' },
  flags: { ...QUEUE_FLAG, ...REPORT_FORMAT_FLAG, ...CONFIGURATION_FLAGS, ...LOGGING_FLAGS },
  run: async (flags, context) => {
    const { environment, reporter, deadline, redact } = context;
    const { stdout, env, clock } = environment;
    const { signal } = deadline;
    setEarlyDeadline(deadline);
    const opening = openConfiguration(flags, environment, { secrets: false, queue: true });
    await setConfiguredDeadline(deadline, opening);
    const url = requireQueue(await resolveSettings(await opening, signal), context);
    const { openFleet } = await import('../fleet/queue.ts');
    const { listRuns, receiptsOf } = await import('../fleet/run.ts');
    const fleet = await openFleet(url, { clock, emit: reporter.emit, signal });
    try {
      const [id] = context.words;
      if (id === undefined) {
        const list = await listRuns(fleet);
        await stdout.write(lookup(RUN_FORMATS, flags.format, 'text')(list, clock.now()));
        return EXIT_CODES.ok.code;
      }
      const render = await lookup(RECEIPT_FORMATS, flags.format, 'text')();
      const color = wantsColor(stdout, env, { noColor: !flags.color });
      const options = { columns: stdout.columns, color, siteWidth: 0, showsError: true };
      for await (const receipt of receiptsOf(fleet, id)) await stdout.write(redact(render(receipt, options)));
      return EXIT_CODES.ok.code;
    } finally {
      await fleet.close();
    }
  },
});

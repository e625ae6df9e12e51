import { createFetch } from './api/http/create-fetch.ts';
import { createEnvironment } from './platform/create-environment.ts';
import type { Environment } from './platform/environment.ts';
import { ClosedPipeError } from './domain/errors.ts';
import { EXIT_CODES, exitCodeOf } from './domain/exit-code.ts';
import { createReporter, type Reporter } from './output/reporter.ts';
import { commandLine } from './cli/command-line.ts';
import { parse, type Parsed } from './cli/parse.ts';
import { type FlagValues, parseFlags } from './commands/command.ts';
import { LOGGING_FLAGS } from './commands/flags.ts';
import { boundEnvironment, startRunDeadline } from './pipeline/run-deadline.ts';
import { redact } from './util/redact.ts';

/**
 * Runs the program and returns its exit code once all output is written. Never throws.
 * @param argv without the executable and the script
 */
export async function main(argv: readonly string[], unbounded: Environment): Promise<number> {
  const deadline = startRunDeadline(unbounded);
  const environment = boundEnvironment(unbounded, deadline);
  const secrets: string[] = [];
  let parsed: Parsed | undefined;
  let reporter: Reporter | undefined;
  const openReporter = async (flags: FlagValues<typeof LOGGING_FLAGS>): Promise<Reporter> => {
    const { verbose, quiet, color, logFormat } = flags;
    return createReporter(environment, { format: logFormat, verbose, quiet, noColor: !color, secrets: () => secrets });
  };
  try {
    parsed = await parse(argv);
    if ('text' in parsed) {
      const stream = environment[parsed.stream];
      await stream.write(await parsed.text(stream.columns));
      return parsed.exitCode;
    }
    reporter = await openReporter(parseFlags(LOGGING_FLAGS, parsed.command.flags));
    return await parsed.command.run({
      environment,
      reporter,
      deadline,
      commandLine,
      words: parsed.words,
      registerSecret: (secret) => secrets.push(secret),
      redact: (text) => redact(text, secrets),
    });
  } catch (error) {
    if (error instanceof ClosedPipeError) return EXIT_CODES.ok.code;
    reporter ??= await openReporter(guessLoggingFlags(argv));
    reporter.error(error);
    return exitCodeOf(error);
  } finally {
    await reporter?.close();
    environment.stdin.close();
    deadline.end();
  }
}

/** Returns the flags for reporting that a command line cannot be parsed. */
function guessLoggingFlags(argv: readonly string[]): FlagValues<typeof LOGGING_FLAGS> {
  const isJson = argv.includes('--log-format=json') || argv[argv.indexOf('--log-format') + 1] === 'json';
  return { verbose: false, quiet: false, color: !argv.includes('--no-color'), logFormat: isJson ? 'json' : 'text' };
}

/** Returns the environment of this process, with the HTTP client that belongs to a higher layer. */
export function createProcessEnvironment(): Environment {
  return createEnvironment(createFetch);
}

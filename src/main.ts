import { createFetch } from './api/http/create-fetch.ts';
import type { Flags } from './commands/flags.ts';
import { createEnvironment } from './platform/create-environment.ts';
import type { Environment } from './platform/environment.ts';
import { ClosedPipeError } from './domain/errors.ts';
import { EXIT_CODES, exitCodeOf } from './domain/exit-code.ts';
import { createReporter, type Reporter } from './output/reporter.ts';
import { parse, type Parsed } from './cli/parse.ts';
import { redact } from './util/redact.ts';

/** How to say what is wrong with a command line that says not how. */
const PLAIN: Pick<Flags, 'verbose' | 'quiet' | 'color' | 'logFormat'> = {
  verbose: false,
  quiet: false,
  color: true,
  logFormat: 'text',
};

/**
 * The program: command line in, exit code out, once everything is written that there is to write. Never throws.
 * @param argv without the executable and the script
 */
export async function main(argv: readonly string[], environment: Environment): Promise<number> {
  const secrets: string[] = [];
  let parsed: Parsed | undefined;
  let reporter: Reporter | undefined;
  const open = async ({ verbose, quiet, color, logFormat }: typeof PLAIN): Promise<Reporter> =>
    createReporter(environment, { format: logFormat, verbose, quiet, noColor: !color, secrets: () => secrets });
  try {
    parsed = parse(argv);
    if ('text' in parsed) {
      const stream = environment[parsed.stream];
      await stream.write(await parsed.text(stream.columns));
      return parsed.exitCode;
    }
    reporter = await open(parsed.flags);
    const command = await parsed.load();
    return await command(parsed.flags, {
      environment,
      reporter,
      registerSecret: (secret) => secrets.push(secret),
      redact: (text) => redact(text, secrets),
    });
  } catch (error) {
    // Whoever stopped reading has what they wanted.
    if (error instanceof ClosedPipeError) return EXIT_CODES.ok.code;
    reporter ??= await open({
      ...PLAIN,
      color: !argv.includes('--no-color'),
      logFormat: asksForJson(argv) ? 'json' : 'text',
    });
    reporter.error(error);
    return exitCodeOf(error);
  } finally {
    await reporter?.close();
    environment.stdin.close();
  }
}

function asksForJson(argv: readonly string[]): boolean {
  return argv.includes('--log-format=json') || argv[argv.indexOf('--log-format') + 1] === 'json';
}

/** Returns the environment of this process, with the HTTP client that belongs to a higher layer. */
export function createProcessEnvironment(): Environment {
  return createEnvironment(createFetch);
}

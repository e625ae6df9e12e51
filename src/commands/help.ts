import { EXIT_CODES } from '../domain/exit-code.ts';
import { defineCommand } from './command.ts';

/** The topics that `help` knows beside the commands; cli/help/topics.ts has their texts. */
export const TOPIC_NAMES = ['exit-codes', 'config', 'environment', 'faults'] as const;

const COMMAND_NAMES = ['fetch', 'preview', 'submit', 'sandbox', 'config', 'completion', 'help'];

export const help = defineCommand({
  name: 'help',
  summary: 'Show the help of a command or a topic.',
  examples: ['help submit', ...TOPIC_NAMES.map((name) => `help ${name}`)],
  positional: {
    notation: '[name...]',
    description: 'command or topic',
    suggestions: [...new Set([...COMMAND_NAMES, ...TOPIC_NAMES])],
  },
  flags: {},
  run: async (_, { environment: { stdout }, commandLine, words }) => {
    await stdout.write(await commandLine.help(words, stdout.columns));
    return EXIT_CODES.ok.code;
  },
});

import type { CommandLine } from '../commands/command.ts';

/** Renders the program's help and completion scripts; each is loaded when it is used. */
export const commandLine: CommandLine = {
  help: async (names, columns) => (await import('./help/help-for.ts')).helpFor(names, columns),
  completionScript: async (shell) => (await import('./completion/render-script.ts')).renderScript(shell),
};

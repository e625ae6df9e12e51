import type { Command as Program, Option } from 'commander';

import { summaryOf } from '../help/render-command.ts';

/** What can be typed as a value: one of these words, a file, the id of a configured site, or anything. */
export type FlagValue = readonly string[] | 'file' | 'site' | 'text';

export interface FlagNode {
  /** `-v`, `--verbose`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent where the flag takes none. */
  readonly value?: FlagValue;
}

/** What can be typed after a command. */
export interface CommandNode {
  /** The words of the command; none for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly FlagNode[];
  /** The words that can stand beside the flags. */
  readonly words: readonly string[];
}

/** The tree of the commands, each before those below it. */
export function toNodes(command: Program, path: readonly string[] = []): readonly CommandNode[] {
  const node: CommandNode = {
    path,
    commands: command.commands.map((child) => ({
      name: child.name(),
      summary: summaryOf(child),
    })),
    flags: command.createHelp().visibleOptions(command).map(toFlag),
    words: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  return [node, ...command.commands.flatMap((child) => toNodes(child, [...path, child.name()]))];
}

function toFlag(option: Option): FlagNode {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const takesValue = option.required || option.optional;
  // The rest is for help.
  const description = option.description.replace(/; .*/s, '');
  return { names, description, ...(takesValue && { value: valueOf(option) }) };
}

/** By the choices, or else by the placeholder: `<file>`, `<id>`. */
function valueOf({ flags, argChoices }: Pick<Option, 'flags' | 'argChoices'>): FlagValue {
  if (argChoices) return argChoices;
  if (flags.endsWith('<file>')) return 'file';
  return flags.endsWith('<id>') ? 'site' : 'text';
}

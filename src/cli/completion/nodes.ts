import type { Command, Option } from 'commander';

import { summaryOf } from '../help/render-command.ts';

/** Values of a flag: one of these words, a file, the id of a configured site, or any text. */
export type FlagValue = readonly string[] | 'file' | 'site' | 'text';

export interface FlagNode {
  /** `-v`, `--verbose`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent if the flag takes no value. */
  readonly value?: FlagValue;
}

/** A command and everything that completion can offer after it. */
export interface CommandNode {
  /** The words of the command; empty for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly FlagNode[];
  /** The words it takes beside flags. */
  readonly words: readonly string[];
}

/** Flattens the command tree, parents first. */
export function toNodes(command: Command, path: readonly string[] = []): readonly CommandNode[] {
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
  // Text after a semicolon is for help only.
  const description = option.description.replace(/; .*/s, '');
  return { names, description, ...(takesValue && { value: valueOf(option) }) };
}

/** Reads the kind of value from the choices, or else from the placeholder: `<file>`, `<id>`. */
function valueOf({ flags, argChoices }: Pick<Option, 'flags' | 'argChoices'>): FlagValue {
  if (argChoices) return argChoices;
  if (flags.endsWith('<file>')) return 'file';
  return flags.endsWith('<id>') ? 'site' : 'text';
}

import type { FlagNode, CommandNode, FlagValue } from './nodes.ts';

/** fish takes what a command prints as words, a line each, and quotes them itself. */
export function renderFish(nodes: readonly CommandNode[]): string {
  const paths = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  return `# Completion of kraken-outages for fish, made by "kraken-outages completion fish".

function __kraken_outages_at --description 'Whether this is the command before the cursor'
    set -l path
    for word in (commandline -opc)[2..]
        if contains -- (string join ' ' -- $path $word) ${paths.join(' ')}
            set -a path $word
        end
    end
    test "$path" = "$argv"
end

complete -c kraken-outages -f
${nodes.flatMap(renderNode).join('\n')}
`;
}

function renderNode({ path, commands, flags, words }: CommandNode): readonly string[] {
  const start = `complete -c kraken-outages -n ${quoted(['__kraken_outages_at', ...path].join(' '))}`;
  return [
    ...commands.map(({ name, summary }) => `${start} -a ${name} -d ${quoted(summary)}`),
    ...(words.length === 0 ? [] : [`${start} -a ${quoted(words.join(' '))}`]),
    ...flags.map((flag) => `${start} ${flagOf(flag)}`),
  ];
}

function flagOf({ names, description, value }: FlagNode): string {
  const spelt = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...spelt, ...(value === undefined ? [] : [completionOf(value)]), `-d ${quoted(description)}`].join(' ');
}

function completionOf(value: FlagValue): string {
  if (value === 'text') return '-x';
  if (value === 'file') return '-r -F';
  if (value === 'site') return "-x -a '(kraken-outages completion --sites 2>/dev/null)'";
  return `-x -a ${quoted(value.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

import type { FlagNode, CommandNode, FlagValue } from './nodes.ts';

/** Words from the configuration are handed to compadd, which quotes them, and are never part of a specification. */
export function renderZsh(nodes: readonly CommandNode[]): string {
  return `#compdef kraken-outages
# Completion of kraken-outages for zsh, made by "kraken-outages completion zsh".

_kraken_outages_sites() {
  local -a sites expl
  sites=("\${(@f)$(kraken-outages completion --sites 2>/dev/null)}")
  sites=("\${(@)sites:#}")
  _wanted sites expl site compadd -a sites
}

${nodes.map(renderNode).join('\n')}
if [[ $funcstack[1] == _kraken-outages ]]; then
  _kraken_outages "$@"
else
  compdef _kraken_outages kraken-outages
fi
`;
}

function renderNode({ path, commands, flags, words }: CommandNode): string {
  const specs = flags.map((flag) => `    ${specOf(flag)} \\\n`).join('');
  if (commands.length === 0) {
    const rest = words.length === 0 ? '' : ` '*: :(${words.join(' ')})'`;
    return `${nameOf(path)}() {\n  _arguments -s : \\\n${specs}   ${rest}\n}\n`.replace(/ \\\n +\n/, '\n');
  }
  return `${nameOf(path)}() {
  local curcontext=$curcontext context state state_descr line
  typeset -A opt_args
  _arguments -s -C : \\
${specs}    '1: :->command' '*:: :->rest'
  case $state in
  command)
    local -a commands=(
${commands.map(({ name, summary }) => `      ${singleQuoted(`${name}:${summary}`)}`).join('\n')}
    )
    _describe command commands
    ;;
  rest)
    case $line[1] in
${commands.map(({ name }) => `    ${name}) ${nameOf([...path, name])} ;;`).join('\n')}
    esac
    ;;
  esac
}
`;
}

function nameOf(path: readonly string[]): string {
  return ['_kraken_outages', ...path].join('_').replaceAll('-', '_');
}

/** `'(-v --verbose)'{-v,--verbose}'[each attempt]'`, `'*--site=[…]:site:_kraken_outages_sites'` */
function specOf({ names, description, value }: FlagNode): string {
  const explained = `[${description.replace(/[\\[\]:]/g, '\\$&')}]${value === undefined ? '' : completionOf(value)}`;
  const [name = '', alias] = names;
  if (alias !== undefined) return `'(${name} ${alias})'{${name},${alias}}${singleQuoted(explained)}`;
  const repeats = value === 'site' ? '*' : '';
  return singleQuoted(`${repeats}${name}${value === undefined ? '' : '='}${explained}`);
}

function completionOf(value: FlagValue): string {
  if (value === 'text') return ': : ';
  if (value === 'file') return ':file:_files';
  if (value === 'site') return ':site:_kraken_outages_sites';
  return `: :(${value.join(' ')})`;
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

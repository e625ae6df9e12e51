import type { CommandNode, FlagValue } from './nodes.ts';

/** Words from the configuration reach the command line quoted, and are never expanded; for bash 4 or newer. */
export function renderBash(nodes: readonly CommandNode[]): string {
  const paths = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path));
  return `# Completion of kraken-outages for bash, made by "kraken-outages completion bash".

# Offers those of the words on stdin, one a line, that begin with what was typed.
_kraken_outages_offer() {
  local word quoted
  while IFS= read -r word; do
    printf -v quoted %q "$word"
    if [[ $cur == [\\"\\']* ]]; then
      # Within quotes, those alone that need none.
      [[ $word == "$quoted" && $word == "\${cur:1}"* ]] && COMPREPLY+=("$word")
    else
      [[ $quoted == "$cur"* ]] && COMPREPLY+=("$quoted")
    fi
  done
}

_kraken_outages() {
  local cur=\${COMP_WORDS[COMP_CWORD]} i=$COMP_CWORD flag word path= words= flags=
  COMPREPLY=()
  # bash takes words apart at = and :, and will replace the last part alone.
  while ((i > 1)) && [[ $cur == [=:]* || \${COMP_WORDS[i - 1]} == *[=:] ]]; do cur=\${COMP_WORDS[--i]}$cur; done
  if [[ $cur == --*=* ]]; then
    flag=\${cur%%=*} cur=\${cur#*=}
  else
    flag=\${COMP_WORDS[i - 1]}
  fi
  for word in "\${COMP_WORDS[@]:1:i - 1}"; do
    case \${path:+$path }$word in
    ${paths.join(' | ')}) path=\${path:+$path }$word ;;
    esac
  done

  case $path:$flag in
${valueCases(nodes).join('\n')}
  *)
    case $path in
${nodes.map(wordCase).join('\n')}
    esac
    [[ $cur == -* || -z $words ]] && words=$flags
    _kraken_outages_offer <<<"\${words// /$'\\n'}"
    ;;
  esac
  [[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("\${COMPREPLY[@]#"\${cur%"\${cur##*[=:]}"}"}")
}

complete -F _kraken_outages kraken-outages
`;
}

/** For each way to complete a value, the flags that it is for, each as `'submit:--site'`. */
function valueCases(nodes: readonly CommandNode[]): readonly string[] {
  const patterns = new Map<string, string[]>();
  for (const { path, flags } of nodes) {
    for (const { names, value } of flags) {
      if (value === undefined) continue;
      const action = completionOf(value);
      const others = patterns.get(action) ?? [];
      patterns.set(action, [...others, ...names.map((name) => `'${path.join(' ')}:${name}'`)]);
    }
  }
  return [...patterns].map(([action, flags]) => `  ${flags.join(' | ')}) ${action} ;;`);
}

function completionOf(value: FlagValue): string {
  if (value === 'text') return 'return';
  // An empty answer has readline look for files itself.
  if (value === 'file') return 'compopt -o default';
  if (value === 'site') return '_kraken_outages_offer < <(kraken-outages completion --sites 2>/dev/null)';
  return `_kraken_outages_offer <<<$'${value.join('\\n')}'`;
}

function wordCase({ path, commands, words, flags }: CommandNode): string {
  const all = [...commands.map(({ name }) => name), ...words].join(' ');
  return `    ${quoted(path)}) words='${all}' flags='${flags.flatMap(({ names }) => names).join(' ')}' ;;`;
}

function quoted(path: readonly string[]): string {
  return `'${path.join(' ')}'`;
}

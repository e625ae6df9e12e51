import { join } from 'node:path';

import type { CommandNode } from './nodes.ts';

interface Shell {
  /** Makes the script; loaded when it is used. */
  readonly load: () => Promise<(nodes: readonly CommandNode[]) => string>;
  /** The path of the user's own completion script. */
  readonly place: {
    readonly base: 'data' | 'config';
    readonly path: string;
  };
  /** What there may still be to do. @param path what was written */
  readonly next: (path: string) => string;
}

/** The shells that there is completion for. */
export const SHELLS: Readonly<Record<'bash' | 'zsh' | 'fish', Shell>> = {
  bash: {
    load: async () => (await import('./bash.ts')).renderBash,
    place: { base: 'data', path: join('bash-completion', 'completions', 'kraken-outages') },
    next: (path) => `new shells have it with the package bash-completion; without, add to ~/.bashrc: source ${path}`,
  },
  zsh: {
    load: async () => (await import('./zsh.ts')).renderZsh,
    place: { base: 'data', path: join('zsh', 'site-functions', '_kraken-outages') },
    next: (path) => `new shells have it once ~/.zshrc says, before compinit: fpath+=${path.replace(/\/[^/]*$/, '')}`,
  },
  fish: {
    load: async () => (await import('./fish.ts')).renderFish,
    place: { base: 'config', path: join('fish', 'completions', 'kraken-outages.fish') },
    next: () => 'fish has it at once',
  },
};

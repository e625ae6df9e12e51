import { join } from 'node:path';

import { baseDirectory } from '../../platform/base-directory.ts';
import type { Environment } from '../../platform/environment.ts';
import type { CommandNode } from './nodes.ts';

interface Shell {
  /** Makes the script; loaded when it is used. */
  readonly load: () => Promise<(nodes: readonly CommandNode[]) => string>;
  /** Where the user's own completions are. */
  readonly place: (world: Pick<Environment, 'env' | 'home'>) => string;
  /** What there may still be to do. @param path what was written */
  readonly next: (path: string) => string;
}

/** The shells that there is completion for. */
export const SHELLS: Readonly<Record<'bash' | 'zsh' | 'fish', Shell>> = {
  bash: {
    load: async () => (await import('./bash.ts')).renderBash,
    place: (world) => join(baseDirectory('data', world), 'bash-completion', 'completions', 'kraken-outages'),
    next: (path) => `new shells have it with the package bash-completion; without, add to ~/.bashrc: source ${path}`,
  },
  zsh: {
    load: async () => (await import('./zsh.ts')).renderZsh,
    place: (world) => join(baseDirectory('data', world), 'zsh', 'site-functions', '_kraken-outages'),
    next: (path) => `new shells have it once ~/.zshrc says, before compinit: fpath+=${path.replace(/\/[^/]*$/, '')}`,
  },
  fish: {
    load: async () => (await import('./fish.ts')).renderFish,
    place: (world) => join(baseDirectory('config', world), 'fish', 'completions', 'kraken-outages.fish'),
    next: () => 'fish has it at once',
  },
};

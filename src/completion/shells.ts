import { isAbsolute, join } from 'node:path';

import type { Environment } from '../environment.ts';
import type { Node } from './tree.ts';

interface Shell {
  /** Makes the script; loaded when it is used. */
  readonly load: () => Promise<(nodes: readonly Node[]) => string>;
  /** Where the user's own completions are. */
  readonly place: (world: Pick<Environment, 'env' | 'home'>) => string;
  /** What there may still be to do. @param path what was written */
  readonly next: (path: string) => string;
}

/** The shells that there is completion for. */
export const SHELLS: Readonly<Record<'bash' | 'zsh' | 'fish', Shell>> = {
  bash: {
    load: async () => (await import('./bash.ts')).renderBash,
    place: (world) => join(dataDirectory(world), 'bash-completion', 'completions', 'kraken-outages'),
    next: (path) => `new shells have it with the package bash-completion; without, add to ~/.bashrc: source ${path}`,
  },
  zsh: {
    load: async () => (await import('./zsh.ts')).renderZsh,
    place: (world) => join(dataDirectory(world), 'zsh', 'site-functions', '_kraken-outages'),
    next: (path) => `new shells have it once ~/.zshrc says, before compinit: fpath+=${path.replace(/\/[^/]*$/, '')}`,
  },
  fish: {
    load: async () => (await import('./fish.ts')).renderFish,
    place: (world) =>
      join(baseDirectory('XDG_CONFIG_HOME', '.config', world), 'fish', 'completions', 'kraken-outages.fish'),
    next: () => 'fish has it at once',
  },
};

function dataDirectory(world: Pick<Environment, 'env' | 'home'>): string {
  return baseDirectory('XDG_DATA_HOME', join('.local', 'share'), world);
}

/** As the XDG specification has it: what is not absolute is to be ignored. */
function baseDirectory(variable: string, fallback: string, { env, home }: Pick<Environment, 'env' | 'home'>): string {
  const path = env[variable] ?? '';
  return isAbsolute(path) ? path : join(home, fallback);
}

import { createProgram, loadCommands } from '../command-tree.ts';
import { toNodes } from './nodes.ts';

const RENDERERS = {
  bash: async () => (await import('./bash.ts')).renderBash,
  zsh: async () => (await import('./zsh.ts')).renderZsh,
  fish: async () => (await import('./fish.ts')).renderFish,
  powershell: async () => (await import('./powershell.ts')).renderPowershell,
} as const;

/** Returns the completion script of a shell. */
export async function renderScript(shell: keyof typeof RENDERERS): Promise<string> {
  return (await RENDERERS[shell]())(toNodes(createProgram(await loadCommands())));
}

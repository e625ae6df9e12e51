import { runInTerminal } from './run-in-terminal.ts';
import { EXECUTABLE, type Result, type Running, type StartOptions, type Workspace } from './workspace.ts';

/** Runs a shell command in a terminal of 80 columns; `stdout` holds both streams. */
export async function startInTerminal(
  workspace: Workspace,
  line: string,
  env: Readonly<Record<string, string>>,
  stdin?: StartOptions['stdin'],
): Promise<Running> {
  const script = `stty cols 80 rows 24\nkraken-outages() { "$NODE" "$EXECUTABLE" "$@"; }\n${line}\n`;
  const options = { env: { NODE: process.execPath, EXECUTABLE, ...env }, ...(stdin !== undefined && { stdin }) };
  return runInTerminal(workspace, ['bash', await workspace.write('script.sh', script)], options);
}

export async function inTerminal(...run: Parameters<typeof startInTerminal>): Promise<Result> {
  return (await startInTerminal(...run)).ended;
}

/** The final screen of a terminal after this output, without colours. */
export function screenOf(written: string): readonly string[] {
  const lines = [''];
  let column = 0;
  for (const [token] of written.matchAll(/\u001b\[[?\d;]*[A-Za-z]|\r|\n|[^\u001b\r\n]/gu)) {
    const line = lines.at(-1) ?? '';
    if (token === '\n') lines.push('');
    else if (token === '\r' || token === '\u001b[1G') column = 0;
    else if (token === '\u001b[0K' || token === '\u001b[K') lines.splice(-1, 1, line.slice(0, column));
    else if (token === '\u001b[2K') lines.splice(-1, 1, '');
    else if (!token.startsWith('\u001b')) {
      lines.splice(-1, 1, line.slice(0, column).padEnd(column) + token + line.slice(column + token.length));
      column += token.length;
    }
  }
  return lines;
}

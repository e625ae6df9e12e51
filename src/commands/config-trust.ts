import { findProjectFile } from '../config/find-files.ts';
import { describeClaims, revokeTrust, trust } from '../config/trust.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { visible } from '../util/text.ts';
import type { CommandHandler } from './command.ts';

/** Lets the project file that is found here say where the API and its key are, or no longer. */
export const configTrust: CommandHandler = async (flags, { environment, reporter }) => {
  const file = await findProjectFile(environment);
  if (!file?.discovered) {
    throw new ConfigurationError(`there is no project file in ${visible(environment.cwd())} or above it`, {
      hint: 'kraken-outages config init writes one',
    });
  }
  const path = visible(file.discovered.path);
  if (flags.remove) {
    const wasTrusted = await revokeTrust(file.discovered, environment);
    reporter.tell({ type: 'notice', message: `${path} ${wasTrusted ? 'is no longer trusted' : 'was not trusted'}` });
    return EXIT_CODES.ok.code;
  }
  await trust(file.discovered, environment);
  const claims = describeClaims(file).join(', ');
  reporter.tell({
    type: 'notice',
    message: `${path} is trusted as it is now`,
    hint: claims === '' ? 'it says nothing of the API or its key, so that it needs no trust' : `it says ${claims}`,
  });
  return EXIT_CODES.ok.code;
};

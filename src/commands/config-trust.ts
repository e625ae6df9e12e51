import { findProjectFile } from '../config/find-files.ts';
import { describeClaims, revokeTrust, trust } from '../config/trust.ts';
import { ConfigurationError } from '../domain/errors.ts';
import { EXIT_CODES } from '../domain/exit-code.ts';
import { visible } from '../util/text.ts';
import { defineCommand } from './command.ts';
import { LOGGING_FLAGS, toggle } from './flags.ts';

export const configTrust = defineCommand({
  name: 'config trust',
  summary: "Trust this directory's configuration file to set the API URL and key.",
  examples: ['config trust', 'config trust --remove'],
  flags: {
    remove: { group: 'Options:', notation: '--remove', description: 'no longer trust the file', schema: toggle },
    ...LOGGING_FLAGS,
  },
  run: async (flags, { environment, reporter }) => {
    const file = await findProjectFile(environment);
    if (!file?.discovered) {
      throw new ConfigurationError(`no project file in ${visible(environment.cwd())} or above it`, {
        hint: 'create one: kraken-outages config init',
      });
    }
    const path = visible(file.discovered.path);
    if (flags.remove) {
      const wasTrusted = await revokeTrust(file.discovered, environment);
      reporter.emit({ type: 'notice', message: `${path} ${wasTrusted ? 'is no longer trusted' : 'was not trusted'}` });
      return EXIT_CODES.ok.code;
    }
    await trust(file.discovered, environment);
    const claims = describeClaims(file).join(', ');
    reporter.emit({
      type: 'notice',
      message: `trusted this version of ${path}`,
      hint: claims === '' ? 'it sets neither API URL nor key, so it needed no trust' : `it sets ${claims}`,
    });
    return EXIT_CODES.ok.code;
  },
});

import type { NetworkEnvironment } from '../config/read-authorities.ts';
import { type NetworkFlags, type NetworkSources, readNetwork } from '../config/read-network.ts';
import type { Environment } from '../platform/environment.ts';

/**
 * Returns the environment with a `fetch` that uses the configured proxy and certificate authorities.
 * @param flags override the variables
 * @throws {UsageError} if a flag is invalid
 * @throws {ConfigurationError} if a variable is invalid
 */
export async function withNetwork<E extends NetworkEnvironment & Pick<Environment, 'clock' | 'fetch'>>(
  flags: NetworkFlags,
  environment: E,
  sources?: NetworkSources,
): Promise<E> {
  const network = await readNetwork(flags, environment, sources);
  if (!network) return environment;
  const { createTransport } = await import('../api/http/proxy-fetch.ts');
  return { ...environment, fetch: createTransport(network, environment.clock) };
}

import { type NetworkFlags, type NetworkSources, readNetwork } from '../config/read-network.ts';
import type { Environment } from '../platform/environment.ts';

/**
 * The world, whose `fetch` goes by the proxy and trusts the authorities that are named here or by variables.
 * @throws {UsageError} {@link ConfigurationError} where one of them cannot be used
 */
export async function withNetwork(
  named: NetworkFlags,
  environment: Environment,
  sources?: NetworkSources,
): Promise<Environment> {
  const network = await readNetwork(named, environment, sources);
  if (!network) return environment;
  const { createTransport } = await import('../api/http/proxy-fetch.ts');
  return { ...environment, fetch: createTransport(network, environment.clock) };
}

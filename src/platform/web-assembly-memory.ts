import { ConfigurationError } from '../domain/errors.ts';

// Missing from the types of Node and of the language.
declare const WebAssembly: { readonly Memory: new (descriptor: { readonly initial: number }) => unknown };

/**
 * Checks that the process can use WebAssembly, for which V8 reserves 8 GiB of addresses per memory. The platform's fetch
 * classes load a WebAssembly module; without the addresses they crash the process.
 * @throws {ConfigurationError} if it cannot, as under `ulimit -v`
 */
export function assertWebAssemblyMemory(): void {
  try {
    new WebAssembly.Memory({ initial: 1 });
  } catch (cause) {
    throw new ConfigurationError('not enough virtual memory for this process', {
      cause,
      hint: 'raise the limit (ulimit -v), or set NODE_OPTIONS=--disable-wasm-trap-handler',
    });
  }
}

import type { BinaryLike, Hash } from 'node:crypto';

/** Returns the SHA-256 of a text or bytes, in hexadecimal. */
export function sha256Of(data: BinaryLike): string {
  return createSha256().update(data).digest('hex');
}

/** Creates a hash to feed. Node's cryptography is loaded by its first use, as it takes long, and many runs need none. */
export function createSha256(): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256');
}

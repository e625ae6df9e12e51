/** Returns a function that runs `run` on the first call, and returns that result on every call. */
export function once<T>(run: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= run());
}

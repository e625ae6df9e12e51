/** Returns the error that the function throws, or a new error if it throws nothing. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return new Error('nothing was thrown');
}

/** Resolves to the reason of the rejection, or to a new error if the promise is fulfilled. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return new Error('nothing was thrown');
}

/** Returns the class, message and hint of an error, for comparison. */
export function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const hint = 'hint' in error && error.hint !== undefined ? { hint: error.hint } : {};
  return { type: error.constructor.name, message: error.message, ...hint };
}

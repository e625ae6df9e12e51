/** What the work throws; an error that says so where it does not. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return new Error('nothing was thrown');
}

/** What the promise is rejected with; an error that says so where it is not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return new Error('nothing was thrown');
}

/** What can be compared whole of an error: its class and what it tells people. */
export function toldBy(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const hint = 'hint' in error && error.hint !== undefined ? { hint: error.hint } : {};
  return { type: error.constructor.name, message: error.message, ...hint };
}

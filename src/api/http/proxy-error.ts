/** No tunnel through the proxy came about: nothing was sent to the API. */
export class ProxyError extends Error {
  /** The status of the proxy's response; undefined if there was none. */
  readonly status: number | undefined;

  constructor(message: string, details: { readonly status?: number; readonly cause?: unknown }) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.status = details.status;
  }
}

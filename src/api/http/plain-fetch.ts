/**
 * The part of the platform's `Headers`, `Request` and `Response` that ky and our responses use: no bodies, no checks. The
 * bundler puts them in the place of the platform's, which take as long to load as Node.js takes to start.
 */

type HeadersSource = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string | undefined>>;

export class Headers {
  readonly #values = new Map<string, string>();

  constructor(source: HeadersSource = []) {
    const entries = Symbol.iterator in source ? source : Object.entries(source);
    for (const [name, value] of entries) this.append(name, String(value));
  }

  append(name: string, value: string): void {
    const present = this.get(name);
    this.set(name, present === null ? value : `${present}, ${value}`);
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value);
  }

  entries(): Iterator<[string, string]> & Iterable<[string, string]> {
    return this.#values.entries();
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.entries();
  }
}

interface RequestOptions {
  readonly method?: string | undefined;
  readonly headers?: HeadersSource | undefined;
  readonly signal?: AbortSignal | null | undefined;
}

/** A request without a body. */
export class Request {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly signal: AbortSignal | null;
  readonly body = null;

  constructor(input: string | URL | Request, options: RequestOptions = {}) {
    const base: RequestOptions = input instanceof Request ? input : {};
    const { method = base.method, headers = base.headers, signal = base.signal } = options;
    this.url = input instanceof Request ? input.url : new URL(input).href;
    this.method = (method ?? 'GET').toUpperCase();
    this.headers = new Headers(headers);
    this.signal = signal ?? null;
  }

  clone(): Request {
    return new Request(this);
  }
}

/** A response without a body. */
export class Response {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Headers;
  readonly body = null;

  constructor(_body: null, { status, headers }: { readonly status: number; readonly headers: Headers }) {
    this.status = status;
    this.ok = status >= 200 && status <= 299;
    this.headers = headers;
  }

  clone(): Response {
    return new Response(null, this);
  }
}

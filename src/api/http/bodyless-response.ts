/** Returns a response whose body is read elsewhere. The bundler replaces the platform's classes here, see `plain-fetch.ts`. */
export function createBodylessResponse(status: number, headers: [string, string][]): Response {
  return new Response(null, { status, headers: new Headers(headers) });
}

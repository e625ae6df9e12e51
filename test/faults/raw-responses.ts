import type { Act } from './faulty-server.ts';

/** Response headers. */
type Fields = Readonly<Record<string, string | number>>;

export function head(status: number, fields: Fields = {}): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n`;
}

/** Sends a complete response. */
export function whole(body: string | Uint8Array, status = 200, fields: Fields = {}): Act {
  return raw(head(status, { 'content-length': Buffer.byteLength(body), ...fields }), body);
}

/** Sends these bytes and keeps the connection open. */
export function raw(...pieces: readonly (string | Uint8Array)[]): Act {
  return ({ send }) => {
    for (const piece of pieces) send(piece);
  };
}

/** Sends these bytes and FIN. */
export function thenEnd(...pieces: readonly (string | Uint8Array)[]): Act {
  return (wire, exchange) => {
    raw(...pieces)(wire, exchange);
    wire.end();
  };
}

/** Sends these bytes and RST. */
export function thenReset(...pieces: readonly (string | Uint8Array)[]): Act {
  return (wire, exchange) => {
    raw(...pieces)(wire, exchange);
    wire.reset();
  };
}

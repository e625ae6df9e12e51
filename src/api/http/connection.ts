import dns, { type LookupAddress } from 'node:dns';
import type { Agent, AgentOptions, ClientRequest } from 'node:http';
import { isIPv6, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Clock } from '../../platform/clock.ts';
import { isLoopback } from '../../platform/network.ts';
import { describeAddresses, type TransportState } from './transport-state.ts';

/** Time for a connection, all addresses and the TLS handshake included. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Time for an address before the next one is tried; Node's own 250 ms is less than a slow network needs. */
const ADDRESS_TIMEOUT_MS = 4000;
/** Node reads as much at once by default. */
const SOCKET_READ_BYTES = 64 * 1024;

/** Options of every connection, to the API or a proxy. */
export const CONNECT_OPTIONS = {
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
  // Not left out: NODE_TLS_REJECT_UNAUTHORIZED=0 would switch the verification of certificates off.
  rejectUnauthorized: true,
} as const;

/**
 * Options of an agent whose sockets all read into the same memory, instead of 64 KiB more for each piece that arrives.
 * The HTTP parser copies what it needs at once, so that the next read may overwrite it.
 *
 * For example, two sockets receive "abc" and "xy" one after another: the first emits a view of bytes 0 to 3, which the
 * parser copies; the second then emits a view of bytes 0 to 2 of the same buffer.
 */
export function sharedReadBuffer(): AgentOptions {
  const buffer = Buffer.allocUnsafeSlow(SOCKET_READ_BYTES);
  return {
    keepAlive: false,
    onread: {
      buffer,
      callback(this: Socket, length: number) {
        this.emit('data', buffer.subarray(0, length));
        return true;
      },
    },
  };
}

/**
 * Has the agent close a kept connection on which bytes arrive while no request is under way. Node drops such bytes, or
 * takes them for the response to the next request.
 */
export function closeOnUnexpectedBytes(agent: Agent): void {
  const guards = new WeakMap<Duplex, () => void>();
  agent.on('free', (socket: Duplex) => {
    const guard = (): void => {
      socket.destroy();
    };
    guards.set(socket, guard);
    socket.on('data', guard);
  });
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    const guard = guards.get(socket);
    if (guard) socket.off('data', guard);
    // Bytes that arrived but were not emitted yet. No test can force this moment.
    /* c8 ignore next */
    if (socket.readableLength > 0) socket.destroy();
    reuse(socket, request);
  };
}

/** Watches connections come about; one for all requests of a transport, as it learns which addresses are unreachable. */
export interface ConnectionWatch {
  /** Looks hosts up, with addresses that did not accept a connection last: a run waits for each of them once. */
  readonly lookup: LookupFunction;
  /** Ends the request if its connection takes too long, and keeps its state up to date. */
  watch(sent: ClientRequest, isSecure: boolean, state: TransportState): void;
}

export function createConnectionWatch(clock: Clock): ConnectionWatch {
  const unreachable = new Set<string>();
  const noteUnreachable = (address: string): void => {
    unreachable.add(address);
  };
  const isUnreachable = ({ address }: LookupAddress): number => Number(unreachable.has(address));
  return {
    lookup(hostname, options, callback) {
      dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) {
          callback(error, []);
          return;
        }
        // Plain HTTP is for this machine only, so that must be where it goes.
        const usable = hostname === 'localhost' ? addresses.filter(isThisMachine) : addresses;
        if (usable.length === 0) {
          callback(
            new Error(`localhost is not this machine but ${addresses.map(({ address }) => address).join(', ')}`),
            [],
          );
          return;
        }
        // Stable: the order of the system's resolver is kept among those that are alike.
        callback(
          null,
          [...usable].sort((a, b) => isUnreachable(a) - isUnreachable(b)),
        );
      });
    },
    watch(sent, isSecure, state) {
      state.isConnecting = true;
      const stopTimer = clock.after(CONNECT_TIMEOUT_MS, () => {
        sent.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s${describeAddresses(state)}`));
      });
      const connected = (): void => {
        state.isConnecting = false;
        stopTimer();
      };
      sent.on('socket', (socket) => {
        // A tunnel through a proxy stands already.
        if (sent.reusedSocket || !(isSecure || socket.connecting)) {
          connected();
          return;
        }
        socket.once(isSecure ? 'secureConnect' : 'connect', connected);
        socket.on('connectionAttempt', (address: string, port: number) => {
          state.addresses.push(formatAddress(address, port));
        });
        socket.on('connectionAttemptTimeout', noteUnreachable);
        socket.on('connectionAttemptFailed', noteUnreachable);
      });
      sent.on('close', stopTimer);
    },
  };
}

function isThisMachine({ address, family }: LookupAddress): boolean {
  return isLoopback(family === 6 ? `[${address}]` : address);
}

/** Returns an address and a port as in a URL: `127.0.0.1:80`, `[::1]:80`. */
export function formatAddress(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

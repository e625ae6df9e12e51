import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Returns whether `NO_PROXY` lists the URL's host, as curl reads it: names match themselves and everything below them,
 * leading and trailing dots are ignored, IPv6 addresses may have brackets, and networks are in CIDR notation. An entry may
 * have a port. For example, `example.com, .internal:8443, 10.0.0.0/8, ::1, *`.
 */
export function isBypassed({ protocol, hostname, port }: URL, noProxy: string): boolean {
  const host = withoutBrackets(hostname.toLowerCase()).replace(/\.+$/, '');
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .map(parseEntry)
    .some((entry) => (entry.port ?? ownPort) === ownPort && matches(host, entry.name));
}

/** Splits an entry into name and port. Without brackets, an IPv6 address has no port: `::1:80` is all address. */
function parseEntry(entry: string): { readonly name: string; readonly port: string | undefined } {
  const [, inBrackets, afterBrackets = ''] = /^\[([^\]]*)\](.*)$/.exec(entry) ?? [];
  if (inBrackets !== undefined) {
    const [isValid, prefix = '', port] = /^(\/\d+)?(?::(\d+))?$/.exec(afterBrackets) ?? [];
    return { name: isValid === undefined ? '' : inBrackets + prefix, port };
  }
  if (isIPv6(entry.replace(/\/.*/, ''))) return { name: entry, port: undefined };
  const [suffix = '', port] = /:(\d+)$/.exec(entry) ?? [];
  return { name: entry.slice(0, entry.length - suffix.length), port };
}

function matches(host: string, entry: string): boolean {
  if (entry === '*') return true;
  const [address = '', prefix] = entry.split('/');
  if (isIP(host) > 0) return isIP(address) > 0 && isInNetwork(host, address, prefix);
  const name = entry.replace(/^\*?\.+/, '').replace(/\.+$/, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

function isInNetwork(host: string, address: string, prefix: string | undefined): boolean {
  const bits = isIPv6(address) ? 128 : 32;
  if (isIP(host) !== isIP(address) || !/^\d+$/.test(prefix ?? '0')) return false;
  const length = Number(prefix ?? bits);
  if (length > bits) return false;
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(address, length, family);
  return list.check(host, family);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
